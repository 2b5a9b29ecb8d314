// The system's C++ compiler: found, asked for its version, run.
import { execFile } from 'node:child_process';
import { availableParallelism, homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const packageFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const sourceFolder = join(packageFolder, 'cpp');

/** Where built things outlive a checkout. */
export const buildCache = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'spikefit', 'native');

/** What a user can mend; the message names the remedy. */
export class BuildFailure extends Error {}

/** @returns {Promise<{ command: string, version: string }>} @throws {BuildFailure} where there is none */
export async function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['g++', 'clang++', 'c++'];
  for (const command of candidates) {
    try {
      const { stdout } = await run(command, ['--version']);
      const machine = await run(command, ['-dumpmachine']);
      return { command, version: `${stdout.split('\n')[0]} ${machine.stdout.trim()}` };
    } catch (error) {
      if (process.env.CXX) {
        throw new BuildFailure(
          `the compiler that CXX names does not run (${command}): unset CXX or correct it`,
          {
            cause: error,
          },
        );
      }
    }
  }
  throw new BuildFailure(
    'no C++ compiler found: install g++ or clang++ (Debian: apt-get install g++), or set CXX',
  );
}

/**
 * Runs the compiler in the folder of the sources.
 * @param {string} command @param {string[]} flags @param {{ verbose?: boolean }} [options]
 * @throws {BuildFailure}
 */
export async function compile(command, flags, { verbose = false } = {}) {
  if (verbose) console.log([command, ...flags].join(' '));
  try {
    const { stderr } = await run(command, flags, { cwd: sourceFolder, maxBuffer: 1 << 24 });
    if (stderr.trim() !== '') console.error(stderr.trim());
  } catch (error) {
    console.error(String(Object(error).stderr ?? error).slice(0, 8000));
    throw new BuildFailure(`${basename(command)} failed on ${flags[flags.indexOf('-c') + 1] ?? 'the link'}`, {
      cause: error,
    });
  }
}

/**
 * One compiler per core until every unit is compiled.
 * @template T @param {readonly T[]} units @param {(unit: T) => Promise<void>} compileUnit
 */
export async function compileAll(units, compileUnit) {
  const queue = [...units];
  const worker = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) await compileUnit(unit);
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
}
