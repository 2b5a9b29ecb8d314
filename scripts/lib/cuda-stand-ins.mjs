// PyTorch's wheel is linked to gigabytes of CUDA libraries, of which a CPU calls nothing. Instead of installing them, empty
// libraries of the same names let it be loaded.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run, SetupError } from './run.mjs';

const cudaLibrary = /^lib(cu|nccl|nvrtc|nvshmem)[\w.-]*\.so/;
const cudaSymbol = /^(cublas|cusparse|cufft|cuFile|cusolver|cudnn|nccl|pnccl|nvrtc|nvshmem)\w*$/;

/**
 * Makes a library for each CUDA library that is linked to and not installed. One of them defines every CUDA symbol, since
 * the loader wants an address for some; a call would end the process.
 * @param {string} sitePackages of the environment
 * @throws {SetupError} where the compiler is missing
 */
export async function makeCudaStandIns(sitePackages) {
  const folder = path.join(sitePackages, 'torch', 'lib');
  const libraries = readdirSync(folder)
    .filter((name) => name.endsWith('.so'))
    .map((name) => path.join(folder, name));
  const dynamic = await tool('readelf', ['-d', ...libraries]);
  const undefinedSymbols = await tool('nm', ['-D', '-u', ...libraries]);
  const there = new Set([...readdirSync(folder), ...installedCudaLibraries(sitePackages)]);
  const missing = neededLibraries(dynamic).filter((name) => !there.has(name));
  const symbols = cudaSymbols(undefinedSymbols);
  const work = mkdtempSync(path.join(tmpdir(), 'spikefit-stand-ins-'));
  try {
    for (const [index, name] of missing.entries()) {
      const source = path.join(work, 'stand-in.c');
      writeFileSync(source, index === 0 ? standInSource(symbols) : standInSource([]));
      const target = path.join(folder, name);
      await tool(process.env.CC || 'cc', [
        '-shared',
        '-fPIC',
        '-w',
        `-Wl,-soname,${name}`,
        '-o',
        target,
        source,
      ]);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** @param {string} readelf what `readelf -d` printed */
export const neededLibraries = (readelf) =>
  unique(matches(readelf, /\(NEEDED\).*\[([^\]]+)\]/g).filter((name) => cudaLibrary.test(name)));

/** @param {string} nm what `nm -D -u` printed */
export const cudaSymbols = (nm) =>
  unique(matches(nm, /^\s+[Uw] (\w+)/gm).filter((name) => cudaSymbol.test(name)));

/** @param {string[]} symbols */
export const standInSource = (symbols) =>
  ['void abort(void);', ...symbols.map((name) => `void ${name}(void) { abort(); }`), ''].join('\n');

/** @param {string} sitePackages */
function installedCudaLibraries(sitePackages) {
  const vendor = path.join(sitePackages, 'nvidia');
  if (!existsSync(vendor)) return [];
  return readdirSync(vendor)
    .map((name) => path.join(vendor, name, 'lib'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder));
}

/** @param {string} command @param {string[]} args */
async function tool(command, args) {
  const { code, output } = await run(command, args);
  if (code === 0) return output;
  throw new SetupError(`${command} failed (${code}).`, {
    output,
    remedy: 'Install a C++ compiler and binutils, e.g. apt-get install g++, and run the command again.',
  });
}

/** @param {string} text @param {RegExp} pattern with one group */
const matches = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** @param {string[]} values */
const unique = (values) => [...new Set(values)].sort();
