// `npm test`: sets up what is missing, runs every check and every test, and ends with one plain line that is the true
// sum. `npm test -- <vitest filter>` runs the tests that the filter names, and no checks.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap } from './lib/bootstrap.mjs';
import { runChecks } from './lib/checks.mjs';
import { inRoot, root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';
import { printFailure, step } from './lib/steps.mjs';

const filters = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

/** @param {Partial<typeof total>} counts */
function add(counts) {
  total.passed += counts.passed ?? 0;
  total.failed += counts.failed ?? 0;
  total.skipped += counts.skipped ?? 0;
}

try {
  console.log('Setting up');
  const { typeErrors } = await bootstrap({ tolerateTypeErrors: true });
  if (typeErrors) console.error(typeErrors);
  add(typeErrors ? { failed: 1 } : { passed: 1 });
  await step('S3 server', prepareS3);
  if (filters.length === 0) {
    console.log('Checks');
    add(await runChecks());
  }
  console.log('Tests');
  add(await runTests());
} catch (error) {
  printFailure(error);
  add({ failed: 1 });
}

process.exitCode = total.failed === 0 ? 0 : 1;
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
);

/**
 * Builds the S3 server into the cache where Go is, so that no test has to. Without it, the tests that need one skip.
 * @param {import('./lib/steps.mjs').StepReport} report
 */
async function prepareS3({ hint, note }) {
  hint('looking for versitygw; building it takes about two minutes');
  const { ensureVersitygw } = await import('@spikefit/local-services');
  const found = await ensureVersitygw();
  if ('unavailable' in found) note(found.unavailable);
}

/** @returns {Promise<typeof total>} */
async function runTests() {
  const folder = mkdtempSync(path.join(tmpdir(), 'spikefit-summary-'));
  const summary = path.join(folder, 'summary.json');
  try {
    const { code } = await run(
      process.execPath,
      [
        inRoot('node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=default',
        `--reporter=${inRoot('scripts', 'lib', 'summary-reporter.mjs')}`,
        ...filters,
      ],
      {
        cwd: root,
        env: {
          ...process.env,
          SPIKEFIT_TEST_SUMMARY: summary,
          ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
        },
        passThrough: true,
      },
    );
    const counts = readSummary(summary);
    // Whatever else ended it badly, such as a crash or a filter that names nothing, counts as one failure.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {typeof total} */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}
