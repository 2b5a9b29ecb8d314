// The binding of tfjs-node, compiled against the headers of the wheel. Its own install script, which is never run,
// would download a TensorFlow of 2022 instead.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run, SetupFailure } from './failure.mjs';

const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'];

/** @returns {Promise<{ command: string, version: string }>} */
export async function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['g++', 'clang++', 'c++'];
  for (const command of candidates) {
    const version = await run(command, ['--version'], String).catch(() => undefined);
    if (version !== undefined) return { command, version: version.split('\n')[0] ?? '' };
  }
  throw new SetupFailure(
    `no C++ compiler found (${candidates.join(', ')}): install g++ or clang++ (Debian: apt-get install g++), or set CXX`,
  );
}

/** Where the sources of the binding and Node's headers are, and what identifies both. */
export async function findSources() {
  const require = createRequire(import.meta.url);
  try {
    const tfjsNode = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    const names = (await readdir(join(tfjsNode, 'binding'))).sort();
    const contents = await Promise.all(names.map((name) => readFile(join(tfjsNode, 'binding', name))));
    return {
      tfjsNode,
      nodeHeaders: /** @type {string} */ (require('node-api-headers').include_dir),
      identity: [
        ...flags,
        require('node-api-headers/package.json').version,
        ...contents.map((text) => text.toString('latin1')),
      ],
    };
  } catch (cause) {
    throw new SetupFailure(
      '@tensorflow/tfjs-node-gpu is not installed: run `npm run build`, which installs the packages',
      { cause },
    );
  }
}

/**
 * @param {{ compiler: string, sources: Awaited<ReturnType<typeof findSources>>, folder: string, output: string }} options
 *   `folder` has the unpacked wheels
 */
export async function compileBinding({ compiler, sources, folder, output }) {
  const { tfjsNode, nodeHeaders } = sources;
  const include = [tfjsNode, nodeHeaders, join(folder, 'tensorflow', 'include')].map((path) => `-I${path}`);
  const files = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsNode, 'binding', name));
  const libraries = ['cc', 'framework'].map((name) => `-l:libtensorflow_${name}.so.2`);
  await run(
    compiler,
    [
      ...[...flags, ...include, ...files, '-o', output],
      ...[`-L${join(folder, 'tensorflow')}`, ...libraries, '-Wl,-rpath,$ORIGIN/tensorflow'],
    ],
    (said) => `${compiler} cannot compile the binding (${said}): try another compiler with CXX`,
  );
}
