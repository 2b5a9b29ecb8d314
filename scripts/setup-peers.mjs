// `npm run setup:peers`: PyTorch, SpikingJelly, snnTorch and Norse in a virtual environment of their own. See --help.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeCudaStandIns } from './lib/cuda-stand-ins.mjs';
import { readOptions } from './lib/options.mjs';
import { peersEnvironment, peersFolder, peersPython, readyFile } from './lib/peers.mjs';
import { run, SetupError } from './lib/run.mjs';
import { printFailure, step } from './lib/steps.mjs';

const help = `npm run setup:peers

Installs the libraries that \`npm run bench -- step --peers\` compares with, at the versions and checksums of
packages/bench/peers/requirements.txt, into a virtual environment under the cache folder (about 1.6 GB; 600 MB are
downloaded). A second run finds it there. Needs Linux on x86-64, python3 (3.11 to 3.13) with venv, and a C++ compiler.

  --help        this`;

const options = readOptions({ help, options: {}, check: (values) => values });
if (options) {
  try {
    await setUp();
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
}

async function setUp() {
  const environment = peersEnvironment();
  if (peersPython() !== undefined) return console.log(`The peers are set up in ${environment}`);
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new SetupError(
      `The peers are pinned for Linux on x86-64, not ${process.platform} on ${process.arch}.`,
      {
        remedy: 'Leave --peers out; the benchmark of our own side runs everywhere.',
      },
    );
  console.log('Setting up the peers');
  await step('python', () => makeEnvironment(environment));
  await step('libraries', ({ hint }) => installLibraries(environment, hint));
  await step('stand-ins for CUDA', () => makeCudaStandIns(sitePackages(environment)));
  await step('trial', () => tryLibraries(environment));
  writeFileSync(readyFile(environment), '');
  console.log(`The peers are set up in ${environment}`);
}

/** @param {string} environment */
async function makeEnvironment(environment) {
  // What an interrupted run has left is of no use.
  rmSync(environment, { recursive: true, force: true });
  const asked = await run('python3', ['-c', 'import sys, venv, ensurepip; print(*sys.version_info[:2])']);
  const [major = 0, minor = 0] = asked.output.trim().split(' ').map(Number);
  if (asked.code !== 0 || major !== 3 || minor < 11 || minor > 13)
    throw new SetupError(
      asked.code === 0 ? `python3 is ${major}.${minor}.` : 'There is no python3 with venv.',
      {
        output: asked.code === 0 ? '' : asked.output,
        remedy: 'Install Python 3.11 to 3.13 with venv, e.g. apt-get install python3-venv.',
      },
    );
  await must('python3', ['-m', 'venv', environment], 'Making the virtual environment failed.');
}

/** @param {string} environment @param {(text: string) => void} hint */
async function installLibraries(environment, hint) {
  const requirements = path.join(peersFolder, 'requirements.txt');
  const args = ['-m', 'pip', 'install', '--no-deps', '--require-hashes', '--no-input', '-r', requirements];
  await must(inBin(environment, 'python'), args, 'Installing the libraries failed.', {
    remedy:
      'Check that the package index can be reached (pip download torch) and has the wheels for this Python.',
    onLine: hint,
  });
}

/** @param {string} environment */
async function tryLibraries(environment) {
  const program = [
    'import os, sys',
    "os.environ['TORCHINDUCTOR_CACHE_DIR'] = os.path.join(sys.prefix, 'compiled')",
    'import torch, snntorch, norse.torch',
    'from spikingjelly.activation_based import neuron',
    'assert torch.compile(lambda x: torch.sin(x) + x)(torch.zeros(4)).sum() == 0',
  ].join('\n');
  await must(inBin(environment, 'python'), ['-c', program], 'The libraries are installed, but do not run.', {
    remedy:
      'torch.compile needs a C++ compiler: install one, e.g. apt-get install g++, and run the command again.',
  });
}

/** @param {string} environment @param {string} program */
function inBin(environment, program) {
  return path.join(environment, 'bin', program);
}

/** @param {string} environment */
function sitePackages(environment) {
  const [python = ''] = readdirSync(path.join(environment, 'lib')).filter((name) =>
    name.startsWith('python'),
  );
  return path.join(environment, 'lib', python, 'site-packages');
}

/**
 * @param {string} command @param {string[]} args @param {string} failure
 * @param {{ remedy?: string, onLine?: (line: string) => void }} [more]
 */
async function must(command, args, failure, { remedy = '', onLine } = {}) {
  const { code, output } = await run(command, args, onLine ? { onLine } : {});
  if (code !== 0) throw new SetupError(failure, { output, remedy });
}
