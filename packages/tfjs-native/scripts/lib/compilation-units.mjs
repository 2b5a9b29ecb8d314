// What is compiled, how often, and with which flags.
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sourceFolder } from './toolchain.mjs';

export const commonFlags = [
  '-std=c++17',
  '-fPIC',
  '-pthread',
  '-fvisibility=hidden',
  // Bits must not depend on what the compiler fuses: see cpp/simd/vector.h.
  '-ffp-contract=off',
  '-fno-math-errno',
  '-Wall',
  '-Wextra',
];
/** Folders of sources that are compiled once per instruction set. */
const kernelFolders = ['kernels', 'gemm', 'tables'];
/** @type {Readonly<Record<string, readonly string[]>>} */
export const instructionSets = {
  baseline: [],
  ...(process.arch === 'x64' && {
    avx2: ['-mavx2', '-mfma'],
    avx512: [
      ...['-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq', '-mavx2', '-mfma'],
      // GCC 12 reports its own intrinsics' undefined start value.
      '-Wno-maybe-uninitialized',
    ],
  }),
};

/** The C++ files, as paths below cpp/. */
export async function readSourceNames() {
  const names = await readdir(sourceFolder, { recursive: true });
  return names.filter((name) => /\.(cpp|h)$/.test(name)).sort();
}

/** @param {import('node:crypto').Hash} hash @param {readonly string[]} files below cpp/ */
export async function hashSources(hash, files) {
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(sourceFolder, file)));
}

/** @typedef {{ file: string, flags: string[] }} CompilationUnit */

/**
 * @param {readonly string[]} files below cpp/
 * @param {readonly string[]} sets the instruction sets that kernels are compiled for
 * @returns {CompilationUnit[]} the slowest first, so that a build does not end with one compiler on one core
 */
export function compilationUnits(files, sets = Object.keys(instructionSets)) {
  const units = [];
  for (const file of files.filter((name) => name.endsWith('.cpp'))) {
    const folder = dirname(file);
    if (kernelFolders.includes(folder)) {
      for (const isa of sets) {
        const flags = instructionSets[isa] ?? [];
        const own = ['-O3', '-fno-exceptions', '-fno-rtti', '-Wno-psabi', `-DSPIKEFIT_ISA=${isa}`, ...flags];
        units.push({ file, flags: own });
      }
    } else if (folder === 'binding') {
      // Argument conversion: nothing to optimise, and -O1 halves the time that napi.h takes to compile.
      // Every C++ exception becomes one of JavaScript: what is thrown for want of memory or threads too.
      const own = ['-O1', '-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL', '-DNAPI_VERSION=8'];
      units.push({ file, flags: own });
    } else {
      units.push({ file, flags: ['-O2'] });
    }
  }
  const weight = (/** @type {CompilationUnit} */ { file }) =>
    ['binding', 'neuron', 'multiply_tile'].findIndex((part) => file.includes(part));
  return units.sort((a, b) => ((weight(a) + 4) % 4) - ((weight(b) + 4) % 4));
}
