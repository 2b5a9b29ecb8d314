// Makes SPIKEFIT_BACKEND=tensorflow possible: `npm run setup:tensorflow [-- --gpu]`.
//
// Unpacks TensorFlow's Python wheel and compiles tfjs-node's binding against it, in
// ${XDG_CACHE_HOME:-~/.cache}/spikefit/tensorflow/<hash>/, and notes the folder in build/installation.json. The hash
// covers the pinned wheels, the binding's sources, the headers and the compiler: a second run only notes the folder.
// `--gpu` takes the wheel with CUDA 12 and CUDA's own wheels instead (3.3 GB to fetch, Linux on x64).
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileBinding, findCompiler, findSources } from './binding.mjs';
import { run, SetupFailure } from './failure.mjs';
import { checkPlatform, findPython, unpackWheels } from './wheels.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'spikefit', 'tensorflow');
const bindingName = 'tfjs_binding.node';

async function main() {
  const started = performance.now();
  const device = process.argv.includes('--gpu') ? 'gpu' : 'cpu';
  const requirements = join(root, 'requirements', `${process.platform}-${process.arch}-${device}.txt`);
  checkPlatform(requirements, device);
  const sources = await findSources();
  const compiler = await findCompiler();
  const pins = await readFile(requirements, 'utf8');
  const version = /tensorflow\S*==(\S+)/.exec(pins)?.[1] ?? '';
  const identity = JSON.stringify([process.platform, process.arch, compiler.version, pins, sources.identity]);
  const folder = join(cache, createHash('sha256').update(identity).digest('hex').slice(0, 32));

  const isKept = existsSync(join(folder, bindingName));
  if (!isKept) {
    const python = await findPython();
    await mkdir(cache, { recursive: true });
    const scratch = await mkdtemp(`${folder}.`);
    try {
      console.log(`tensorflow: fetching TensorFlow ${version} for the ${device.toUpperCase()}`);
      await unpackWheels({ python, requirements, folder: scratch });
      const output = join(scratch, bindingName);
      await compileBinding({ compiler: compiler.command, sources, folder: scratch, output });
      await tryBinding(output, version);
      // Another set-up may have been faster; its result is the same.
      await rename(scratch, folder).catch((error) => {
        if (!existsSync(join(folder, bindingName))) throw error;
      });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
  await mkdir(join(root, 'build'), { recursive: true });
  const note = { folder, binding: join(folder, bindingName), device, version };
  const file = join(root, 'build', 'installation.json');
  await writeFile(`${file}.${process.pid}`, `${JSON.stringify(note, null, 2)}\n`);
  await rename(`${file}.${process.pid}`, file);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const how = isKept ? 'taken from the cache' : `built in ${seconds} s`;
  console.log(`tensorflow: TensorFlow ${version} for the ${device.toUpperCase()} (${how}) in ${folder}`);
}

/** Loads the binding in a process of its own: a library that is too new for this system says so here. */
async function tryBinding(/** @type {string} */ file, /** @type {string} */ version) {
  const said = await run(
    process.execPath,
    ['-e', 'console.log(require(process.argv[1]).TF_Version)', file],
    (line) =>
      `the binding does not load (${line}): this system may be older than the wheel wants (glibc 2.27)`,
  );
  if (said.trim() !== version)
    throw new SetupFailure(`the binding has TensorFlow ${said.trim()}, not ${version}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  console.error(`tensorflow: ${error.message}`);
  process.exitCode = 1;
}
