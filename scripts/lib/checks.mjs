// The checks that are not tests: each is one command that must end with 0.
import { cacheFolder, inRoot } from './paths.mjs';
import { lastLines, run } from './run.mjs';
import { step } from './steps.mjs';

const tool = (/** @type {string[]} */ ...parts) => inRoot('node_modules', ...parts);

/** @type {readonly { name: string, args: string[], remedy: string }[]} */
const checks = [
  {
    name: 'format and lint',
    args: [
      tool('@biomejs', 'biome', 'bin', 'biome'),
      'check',
      '--error-on-warnings',
      '--max-diagnostics=50',
      '.',
    ],
    remedy: 'npm run format mends what can be mended',
  },
  {
    name: 'dead code',
    args: [tool('knip', 'bin', 'knip.js'), '--no-progress'],
    remedy: 'remove what nobody uses',
  },
  {
    name: 'types of tests',
    args: [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json'],
    remedy: 'mend the types',
  },
];

/**
 * Runs them all, whatever fails.
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks() {
  const result = { passed: 0, failed: 0 };
  for (const check of checks) {
    const failure = await step(check.name, async ({ fail }) => {
      const { code, output } = await run(process.execPath, check.args, {
        // Biome keeps its logs there.
        env: { ...process.env, XDG_CACHE_HOME: cacheFolder() },
      });
      if (code !== 0) fail(check.remedy);
      return code === 0 ? undefined : output;
    });
    if (failure === undefined) result.passed += 1;
    else {
      result.failed += 1;
      console.error(`${lastLines(failure, 60)}\n`);
    }
  }
  return result;
}
