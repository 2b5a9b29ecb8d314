// Object files that outlive a build, each under a hash of what it is made of: its source, the headers that it includes,
// the flags, the compiler. A change recompiles what it touches, and the test program shares the addon's kernels.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { commonFlags } from './compilation-units.mjs';
import { BuildFailure, buildCache, compile, compileAll, packageFolder, sourceFolder } from './toolchain.mjs';

/** @typedef {import('./compilation-units.mjs').CompilationUnit} CompilationUnit */

const daysKept = 14;

/**
 * Compiles what the cache does not hold.
 * @param {{ command: string, version: string }} compiler @param {readonly CompilationUnit[]} units
 * @param {{ include: readonly string[], verbose?: boolean, force?: boolean }} options
 *   `include`: folders of further headers; `force` compiles all
 * @returns {Promise<string[]>} the object files
 * @throws {import('./toolchain.mjs').BuildFailure}
 */
export async function compileObjects(compiler, units, { include, verbose = false, force = false }) {
  const folder = join(buildCache(), 'objects');
  await mkdir(folder, { recursive: true });
  const objectOf = (/** @type {CompilationUnit} */ unit) =>
    join(folder, `${keyOf(compiler.version, unit, include)}.o`);
  const wanted = units.map((unit) => ({ unit, object: objectOf(unit) }));
  const now = new Date();
  await Promise.all(wanted.map(({ object }) => (existsSync(object) ? utimes(object, now, now) : undefined)));
  await compileAll(
    wanted.filter(({ object }) => force || !existsSync(object)),
    async ({ unit, object }) => {
      const fresh = `${object}.${randomUUID()}`;
      const includes = include.map((name) => `-I${name}`);
      const flags = [...commonFlags, ...unit.flags, ...includes, '-c', unit.file, '-o', fresh];
      try {
        await compile(compiler.command, flags, { verbose });
        if (objectOf(unit) !== object) {
          throw new BuildFailure(`${unit.file} changed while it was compiled: build again`);
        }
        await rename(fresh, object);
      } finally {
        await rm(fresh, { force: true });
      }
    },
  );
  await dropOld(folder);
  return wanted.map(({ object }) => object);
}

/** @param {string} folder */
async function dropOld(folder) {
  const oldest = Date.now() - daysKept * 24 * 3600 * 1000;
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const mtime = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => Number.POSITIVE_INFINITY,
    );
    if (mtime < oldest) await rm(file, { force: true });
  }
}

/**
 * @param {string} compiler @param {CompilationUnit} unit @param {readonly string[]} include
 */
function keyOf(compiler, { file, flags }, include) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler, process.platform, process.arch, commonFlags, flags]));
  for (const name of withHeaders(resolve(sourceFolder, file), include)) {
    hash.update(`\0${relative(packageFolder, name)}\0`).update(readFileSync(name));
  }
  return hash.digest('hex').slice(0, 32);
}

/**
 * A source and all headers that it includes but the system's, sorted.
 * @param {string} source @param {readonly string[]} include
 */
function withHeaders(source, include) {
  const seen = new Set([source]);
  for (const file of seen) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^\s*#\s*include\s+["<]([^">]+)[">]/gm)) {
      const found = [dirname(file), ...include]
        .map((folder) => resolve(folder, name))
        .find((path) => existsSync(path));
      if (found !== undefined) seen.add(found);
    }
  }
  return [...seen].sort();
}
