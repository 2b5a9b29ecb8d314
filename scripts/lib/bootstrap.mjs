// Sets up what is missing in this checkout, idempotently: packages, Prisma client, native addon, compiled code.
// Plain JavaScript without dependencies, because it runs before anything is installed.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { installFrozen, pnpmVersion } from './package-manager.mjs';
import { inRoot } from './paths.mjs';
import { lastLines, run, SetupError } from './run.mjs';
import { hashOf, stampMatches, writeStamp } from './stamp.mjs';
import { step } from './steps.mjs';

const oldestNode = [20, 19];

/** @typedef {{ typeErrors: string }} BootstrapResult `typeErrors` is empty when the code compiles */

/**
 * @param {{ tolerateTypeErrors?: boolean, signal?: AbortSignal }} [options] `tolerateTypeErrors`: report compile errors
 *   in the result instead of throwing (the compiler emits code all the same); `signal` gives up
 * @returns {Promise<BootstrapResult>}
 * @throws {SetupError} with a remedy, when a step that is needed fails; the reason of `signal`
 */
export async function bootstrap({ tolerateTypeErrors = false, signal } = {}) {
  checkNode();
  await step('packages', (report) => installPackages(report, signal));
  await step('database client', (report) => generateClient(report, signal));
  await step('native kernels', (report) => buildNativeAddon(report, signal));
  const typeErrors = await step('compile', ({ fail }) => compile(tolerateTypeErrors, fail, signal));
  return { typeErrors };
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupError(`Node ${process.versions.node} is too old.`, {
    remedy: `Install Node ${oldestNode.join('.')} or newer, e.g. from https://nodejs.org, and run the command again.`,
  });
}

/** @param {import('./steps.mjs').StepReport} report @param {AbortSignal} [signal] */
async function installPackages({ hint, note }, signal) {
  const hash = hashOf(
    [inRoot('package.json'), inRoot('pnpm-lock.yaml'), inRoot('pnpm-workspace.yaml'), ...manifests()],
    [pnpmVersion, process.platform, process.arch],
  );
  if (existsSync(inRoot('node_modules', '.pnpm')) && stampMatches('install', hash)) return;
  const { code, output } = await installFrozen({ onLine: hint, signal });
  if (code !== 0) {
    throw new SetupError('Installing the packages failed.', {
      output,
      remedy: /ERR_PNPM_OUTDATED_LOCKFILE/.test(output)
        ? `pnpm-lock.yaml does not match a package.json: run \`npx pnpm@${pnpmVersion} install\` and commit the lockfile.`
        : 'Check that the npm registry can be reached (npm ping) and run the command again.',
    });
  }
  writeStamp('install', hash);
  note('installed');
}

function manifests() {
  return ['packages', 'services']
    .filter((group) => existsSync(inRoot(group)))
    .flatMap((group) => readdirSync(inRoot(group)).map((name) => inRoot(group, name, 'package.json')))
    .filter((file) => existsSync(file))
    .sort();
}

/**
 * Generates the Prisma client. The generator needs no database and no download: prisma.config.ts names an existing
 * file as the schema engine, which generation never runs.
 * @param {import('./steps.mjs').StepReport} report @param {AbortSignal} [signal]
 */
async function generateClient({ hint, note }, signal) {
  const home = inRoot('packages', 'database');
  const hash = hashOf([
    inRoot('prisma', 'schema.prisma'),
    path.join(home, 'prisma.config.ts'),
    path.join(home, 'package.json'),
  ]);
  if (existsSync(path.join(home, 'src', 'generated')) && stampMatches('prisma', hash)) return;
  const command = path.join(home, 'node_modules', 'prisma', 'build', 'index.js');
  const { code, output } = await run(process.execPath, [command, 'generate'], {
    cwd: home,
    env: {
      ...process.env,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
      // It keeps a list of the commands that were run.
      XDG_CONFIG_HOME: inRoot('node_modules', '.spikefit', 'settings'),
    },
    onLine: hint,
    signal,
  });
  if (code !== 0) {
    throw new SetupError('Generating the database client failed.', {
      output,
      remedy: 'The message above names the line of prisma/schema.prisma.',
    });
  }
  writeStamp('prisma', hash);
  note('generated');
}

/**
 * Builds the C++ kernels. They are optional: without a compiler the plain cpu backend computes the same, more slowly.
 * @param {import('./steps.mjs').StepReport} report @param {AbortSignal} [signal]
 */
async function buildNativeAddon({ hint, note }, signal) {
  const home = inRoot('packages', 'tfjs-native');
  const script = path.join(home, 'scripts', 'build.mjs');
  const hash = hashOf(
    [path.join(home, 'cpp'), path.join(home, 'scripts'), path.join(home, 'package.json')],
    [process.platform, process.arch],
  );
  if (existsSync(path.join(home, 'build', 'spikefit_native.node')) && stampMatches('native', hash)) return;
  const { code, output } = await run(process.execPath, [script], { onLine: hint, signal });
  if (code === 0) {
    writeStamp('native', hash);
    note('built');
    return;
  }
  const said = output.split('\n').filter((line) => line.startsWith('native addon: '));
  const reason = said.at(-1)?.slice('native addon: '.length) ?? lastLines(output, 1);
  note(`not built (${reason.trim()}): the plain cpu backend will be used, which is much slower`);
}

/** @param {boolean} tolerateErrors @param {(text: string) => void} fail @param {AbortSignal} [signal] */
async function compile(tolerateErrors, fail, signal) {
  const compiler = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run(process.execPath, [compiler, '-b'], { signal });
  if (code === 0) return '';
  const count = output.split('\n').filter((line) => /error TS\d+/.test(line)).length;
  if (tolerateErrors) {
    fail(`${count} type errors`);
    return output;
  }
  throw new SetupError(`The code does not compile (${count} errors).`, {
    output,
    remedy:
      'This should not happen in a clean checkout: undo local changes, or run `node scripts/build.mjs` again.',
  });
}
