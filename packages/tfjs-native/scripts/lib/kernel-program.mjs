// Builds test/kernel-program, the kernels and their bindings without Node, for one checker.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  commonFlags,
  compilationUnits,
  hashSources,
  instructionSets,
  readSourceNames,
} from './compilation-units.mjs';
import { compileObjects } from './object-cache.mjs';
import { buildCache, compile, packageFolder } from './toolchain.mjs';

const programFolder = join(packageFolder, 'test', 'kernel-program');

/**
 * @typedef {object} ProgramVariant
 * @property {string} name
 * @property {readonly string[]} flags  appended to those of the addon
 * @property {readonly string[]} linkFlags
 * @property {boolean} exactScratch  whether exact_scratch.cpp replaces the working memory that grows
 * @property {readonly string[]} sets  instruction sets to compile the kernels for
 */

/** @typedef {import('./compilation-units.mjs').CompilationUnit} CompilationUnit */

/** @param {ProgramVariant} variant @returns {Promise<CompilationUnit[]>} */
async function programUnits({ exactScratch, sets, flags }) {
  const native = (await readSourceNames()).filter(
    (file) => !(exactScratch && file === join('runtime', 'scratch.cpp')),
  );
  const absent = Object.keys(instructionSets).filter((isa) => !sets.includes(isa));
  const own = (await readdir(programFolder)).filter(
    (file) =>
      file.endsWith('.cpp') &&
      file !== 'absent_kernels.cpp' &&
      (exactScratch || file !== 'exact_scratch.cpp'),
  );
  /** @param {string} file @param {string[]} extra @returns {CompilationUnit} */
  const unit = (file, extra = []) => ({ file: join(programFolder, file), flags: ['-O1', ...extra] });
  const units = [
    ...compilationUnits(native, sets),
    ...own.map((file) => unit(file)),
    ...absent.map((isa) => unit('absent_kernels.cpp', [`-DSPIKEFIT_ABSENT=${isa}`])),
  ];
  return units.map((one) => ({ ...one, flags: [...one.flags, ...flags] }));
}

/** @param {ProgramVariant} variant @param {CompilationUnit[]} units @param {string} compiler its version */
async function contentHash(variant, units, compiler) {
  const hash = createHash('sha256');
  const relative = units.map(({ file, ...rest }) => ({
    ...rest,
    file: file.replace(programFolder, 'program'),
  }));
  hash.update(JSON.stringify([compiler, process.platform, process.arch, commonFlags, variant, relative]));
  await hashSources(hash, await readSourceNames());
  for (const file of (await readdir(programFolder)).sort()) {
    hash.update(`\0${file}\0`).update(await readFile(join(programFolder, file)));
  }
  return hash.digest('hex').slice(0, 24);
}

/**
 * @param {{ command: string, version: string }} compiler @param {ProgramVariant} variant
 * @returns {Promise<string>} the program, in the cache
 * @throws {import('./toolchain.mjs').BuildFailure}
 */
export async function buildKernelProgram(compiler, variant) {
  const units = await programUnits(variant);
  const cache = join(buildCache(), 'kernel-program');
  const kept = join(cache, `${variant.name}-${await contentHash(variant, units, compiler.version)}`);
  if (existsSync(kept)) return kept;
  await mkdir(cache, { recursive: true });
  const objects = await compileObjects(compiler, units, { include: [programFolder] });
  const fresh = `${kept}.${randomUUID()}`;
  await compile(compiler.command, ['-pthread', ...variant.linkFlags, '-o', fresh, ...objects]);
  await rename(fresh, kept);
  return kept;
}
