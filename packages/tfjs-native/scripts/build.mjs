// Builds the native addon with the system's C++ compiler.
//
//   node scripts/build.mjs [--force] [--verbose]
//
// The result is kept in ${XDG_CACHE_HOME:-~/.cache}/spikefit/native/<hash>/, where the hash covers every
// source, the flags, the headers' versions and the compiler's version, and is copied to
// build/spikefit_native.node. A second run with the same sources only copies, and after a change it compiles what the
// change touches. CXX names another compiler.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { commonFlags, compilationUnits, hashSources, readSourceNames } from './lib/compilation-units.mjs';
import { compileObjects } from './lib/object-cache.mjs';
import { BuildFailure, buildCache, compile, findCompiler, packageFolder } from './lib/toolchain.mjs';

const target = join(packageFolder, 'build', 'spikefit_native.node');
const force = process.argv.includes('--force');
const verbose = process.argv.includes('--verbose');

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

async function contentHash(files, units, compiler, versions) {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([compiler, versions, process.platform, process.arch, commonFlags, units]));
  await hashSources(hash, files);
  return hash.digest('hex').slice(0, 32);
}

async function buildInto(folder, compiler, units, include) {
  const objects = await compileObjects(compiler, units, { include, verbose, force });
  const link = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  const output = join(folder, 'spikefit_native.node');
  await compile(compiler.command, ['-shared', '-pthread', ...link, '-o', output, ...objects], { verbose });
}

async function main() {
  const started = performance.now();
  const compiler = await findCompiler();
  const { folders, versions } = headers();
  const files = await readSourceNames();
  const units = compilationUnits(files);
  const hash = await contentHash(files, units, compiler.version, versions);
  const cache = buildCache();
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
      await buildInto(scratch, compiler, units, folders);
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
