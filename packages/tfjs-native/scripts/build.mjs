// Builds the native addon with the system's C++ compiler.
//
//   node scripts/build.mjs [--force] [--verbose]
//
// The result is kept in ${XDG_CACHE_HOME:-~/.cache}/spikefit/native/<hash>/, where the hash covers every
// source, the flags, the headers' versions and the compiler's version, and is copied to
// build/spikefit_native.node. A second run with the same sources only copies. CXX names another compiler.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, homedir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sourceFolder = join(root, 'cpp');
const target = join(root, 'build', 'spikefit_native.node');
const force = process.argv.includes('--force');
const verbose = process.argv.includes('--verbose');

const commonFlags = [
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
// Folders of sources that are compiled once per instruction set.
const kernelFolders = ['kernels', 'gemm'];
const instructionSets = {
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

class BuildFailure extends Error {}

async function findCompiler() {
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

function headers() {
  const require = createRequire(import.meta.url);
  try {
    const nodeApi = require('node-api-headers').include_dir;
    const addonApi = dirname(require.resolve('node-addon-api/package.json'));
    const versions = ['node-api-headers', 'node-addon-api'].map(
      (name) => require(`${name}/package.json`).version,
    );
    return { folders: [nodeApi, addonApi], versions };
  } catch (error) {
    throw new BuildFailure('node-addon-api and node-api-headers are not installed: run pnpm install first', {
      cause: error,
    });
  }
}

async function sources() {
  const names = await readdir(sourceFolder, { recursive: true });
  return names.filter((name) => /\.(cpp|h)$/.test(name)).sort();
}

function compilations(files) {
  const units = [];
  for (const file of files.filter((name) => name.endsWith('.cpp'))) {
    const folder = dirname(file);
    if (kernelFolders.includes(folder)) {
      for (const [isa, flags] of Object.entries(instructionSets)) {
        const own = ['-O3', '-fno-exceptions', '-fno-rtti', '-Wno-psabi', `-DSPIKEFIT_ISA=${isa}`, ...flags];
        units.push({ file, flags: own, object: `${isa}-${basename(file, '.cpp')}.o` });
      }
    } else if (folder === 'binding') {
      // Argument conversion: nothing to optimise, and -O1 halves the time that napi.h takes to compile.
      const own = ['-O1', '-DNODE_ADDON_API_CPP_EXCEPTIONS', '-DNAPI_VERSION=8'];
      units.push({ file, flags: own, object: `binding-${basename(file, '.cpp')}.o` });
    } else {
      units.push({ file, flags: ['-O2'], object: `${folder}-${basename(file, '.cpp')}.o` });
    }
  }
  // The slowest first, so that the build does not end with one compiler on one core.
  const weight = ({ file }) =>
    ['binding', 'neuron', 'multiply_tile'].findIndex((part) => file.includes(part));
  return units.sort((a, b) => ((weight(a) + 4) % 4) - ((weight(b) + 4) % 4));
}

async function contentHash(files, units, compiler, versions) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler, versions, process.platform, process.arch, commonFlags, units]));
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(sourceFolder, file)));
  return hash.digest('hex').slice(0, 32);
}

async function compile(command, flags) {
  if (verbose) console.log([command, ...flags].join(' '));
  try {
    const { stderr } = await run(command, flags, { cwd: sourceFolder, maxBuffer: 1 << 24 });
    if (stderr.trim() !== '') console.error(stderr.trim());
  } catch (error) {
    console.error(String(error.stderr ?? error.message).slice(0, 8000));
    throw new BuildFailure(`${basename(command)} failed on ${flags[flags.indexOf('-c') + 1] ?? 'the link'}`, {
      cause: error,
    });
  }
}

async function buildInto(folder, compiler, units, includeFolders) {
  const queue = [...units];
  const include = includeFolders.map((name) => `-I${name}`);
  const worker = async () => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      const { file, flags, object } = unit;
      await compile(compiler, [...commonFlags, ...flags, ...include, '-c', file, '-o', join(folder, object)]);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  const objects = units.map(({ object }) => join(folder, object));
  const link = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const output = join(folder, 'spikefit_native.node');
  await compile(compiler, ['-shared', '-pthread', ...link, '-o', output, ...objects]);
  await Promise.all(objects.map((object) => rm(object)));
}

async function main() {
  const started = performance.now();
  const compiler = await findCompiler();
  const { folders, versions } = headers();
  const files = await sources();
  const units = compilations(files);
  const hash = await contentHash(files, units, compiler.version, versions);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'spikefit', 'native');
  const kept = join(cache, hash, 'spikefit_native.node');

  let built = false;
  const isKept = async () =>
    readFile(kept).then(
      (bytes) => bytes.length > 0,
      () => false,
    );
  if (force || !(await isKept())) {
    await mkdir(cache, { recursive: true });
    const scratch = await mkdtemp(join(cache, `${hash}.`));
    try {
      await buildInto(scratch, compiler.command, units, folders);
      await mkdir(dirname(kept), { recursive: true });
      await rename(join(scratch, 'spikefit_native.node'), kept);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
    built = true;
  }
  // Rename, never overwrite: a running process may have the old file mapped.
  await mkdir(dirname(target), { recursive: true });
  const fresh = `${target}.${process.pid}`;
  await copyFile(kept, fresh);
  await rename(fresh, target);
  await writeFile(
    join(dirname(target), 'build.json'),
    `${JSON.stringify({ hash, compiler: compiler.version })}\n`,
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const how = built ? `built with ${compiler.command} in ${seconds} s` : 'unchanged, taken from the cache';
  console.log(`native addon: ${relative(process.cwd(), target)} (${how})`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(`native addon: ${error.message}`);
  process.exitCode = 1;
}
