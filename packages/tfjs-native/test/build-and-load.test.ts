// The build script and the loader, as a fresh clone meets them.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nativeAddonStatus } from '../src/index.ts';

const run = promisify(execFile);
const packageFolder = resolve(import.meta.dirname, '..');
const script = join(packageFolder, 'scripts', 'build.mjs');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikefit-native-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const build = (environment: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string; code: number }> =>
  run(process.execPath, [script], { env: environment }).then(
    (output) => ({ ...output, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );

describe('build script', () => {
  it('ends with one line and exit code 1 where no compiler is', async () => {
    const result = await build({ PATH: folder, HOME: folder });
    expect(result.code).toBe(1);
    expect(result.stdout).toBe('');
    expect(result.stderr).toBe(
      'native addon: no C++ compiler found: install g++ or clang++ (Debian: apt-get install g++), or set CXX\n',
    );
  });

  it('says so when CXX names no compiler', async () => {
    const result = await build({ PATH: process.env.PATH, HOME: folder, CXX: 'no-such-compiler' });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^native addon: .*CXX names does not run \(no-such-compiler\).*\n$/);
  });
});

describe('loader', () => {
  /** The status that the built loader gives in a package folder of its own. */
  async function statusIn(addonFile: string | undefined): Promise<string> {
    await mkdir(join(folder, 'dist'), { recursive: true });
    await cp(join(packageFolder, 'dist', 'addon'), join(folder, 'dist', 'addon'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await mkdir(join(folder, 'build'));
    if (addonFile !== undefined) await writeFile(join(folder, 'build', 'spikefit_native.node'), addonFile);
    const program =
      "import { nativeAddonStatus } from './dist/addon/load-addon.js';console.log(JSON.stringify(nativeAddonStatus()))";
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folder,
    });
    return stdout.trim();
  }

  it('finds the addon here', () => {
    const status = nativeAddonStatus();
    expect(status.available && status.instructionSets).toContain('baseline');
  });

  it('gives one line with the remedy when the addon is not built', async () => {
    expect(JSON.parse(await statusIn(undefined))).toEqual({
      available: false,
      reason:
        'the native addon is not built: ' +
        'build it with `node packages/tfjs-native/scripts/build.mjs` (needs g++ or clang++)',
    });
  });

  it('gives one line with the remedy when the addon is damaged', async () => {
    const status = JSON.parse(await statusIn('not a library')) as { available: boolean; reason: string };
    expect(status.available).toBe(false);
    expect(status.reason).toMatch(/^the native addon does not load \([^\n]+\): build it with [^\n]+$/);
  });
});
