// The kernels' test program under each checker and instruction set, on the calls of the case table.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileCases, loadAddon } from './compiled-cases.mjs';
import { checkers, missingFor } from './kernel-checkers.mjs';
import { buildKernelProgram } from './kernel-program.mjs';
import { findCompiler } from './toolchain.mjs';

/** @typedef {import('./kernel-checkers.mjs').Checker} Checker */

/**
 * @typedef {object} KernelCheck
 * @property {string} checker
 * @property {string} isa
 * @property {string} [unavailable]  why it cannot be run here
 */

/**
 * @typedef {object} KernelCheckResult
 * @property {number} calls  run
 * @property {number} leftOut  calls too large for the checker
 * @property {string[]} failures  what is wrong, with the checker's report
 */

/** @param {string} name @returns {Checker} */
export const checkerNamed = (name) => {
  const checker = checkers.find((one) => one.name === name);
  if (checker === undefined) throw new Error(`no checker ${name}`);
  return checker;
};

/**
 * What there is to do here, with what cannot be done.
 * @param {{ only?: readonly string[], best?: boolean }} [choice]  `best`: each checker on one instruction set
 * @returns {Promise<KernelCheck[]>}
 */
export async function planKernelChecks({ only = checkers.map(({ name }) => name), best = false } = {}) {
  const { command } = await findCompiler();
  /** @type {{ name: string, supported: boolean }[]} */
  const sets = loadAddon().instructionSets();
  const isSupported = (/** @type {string} */ isa) =>
    sets.some(({ name, supported }) => name === isa && supported);
  return checkers
    .filter(({ name }) => only.includes(name))
    .flatMap((checker) => {
      const missing = missingFor(checker, command);
      const known = best || checker.onlyBest ? checker.sets.filter(isSupported).slice(0, 1) : checker.sets;
      return known.map((isa) => {
        const unavailable = missing ?? (isSupported(isa) ? undefined : `this CPU has no ${isa}`);
        return { checker: checker.name, isa, ...(unavailable !== undefined && { unavailable }) };
      });
    });
}

/**
 * Writes the calls that the case table makes, with what they must give.
 * @param {string} file @returns {Promise<number>} how many
 */
export async function recordCases(file) {
  const load = await compileCases();
  const { allCases } = await load('all-cases');
  const { recordCalls } = await load('record-calls');
  const { encodeCalls } = await load('encode-calls');
  const addon = loadAddon();
  const calls = allCases.flatMap((/** @type {object} */ kernelCase) => recordCalls(kernelCase, addon));
  await writeFile(file, Buffer.concat(encodeCalls(calls)));
  return calls.length;
}

/**
 * The program for one checker, compiled for the instruction sets that it can run here.
 * @param {Checker} checker @param {readonly KernelCheck[]} plan
 * @returns {Promise<string>}
 */
export async function programFor({ name, flags, linkFlags, exactScratch }, plan) {
  const sets = plan.filter((check) => check.checker === name && !check.unavailable).map(({ isa }) => isa);
  const variant = { name, flags, linkFlags, exactScratch, sets };
  return buildKernelProgram(await findCompiler(), variant);
}

/**
 * @param {Checker} checker @param {string} isa @param {string} program @param {string} calls file of `recordCases`
 * @param {(call: string) => void} [onCall]
 * @returns {Promise<KernelCheckResult>}
 */
export async function runKernelCheck(checker, isa, program, calls, onCall = () => {}) {
  const { runner, environment, threads, largest, poolRounds } = checker;
  const line = [...runner, program, calls, isa, ...[threads, largest, poolRounds].map(String)];
  const child = spawn(/** @type {string} */ (line[0]), line.slice(1), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [last, complaint] = ['', ''];
  /** @type {KernelCheckResult} */
  const result = { calls: 0, leftOut: 0, failures: [] };
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const [word, ...rest] = text.split(' ');
    if (word === 'call') {
      last = rest.join(' ');
      onCall(last);
    } else if (word === 'error') result.failures.push(rest.join(' '));
    else if (word === 'result') [result.calls, result.leftOut] = [Number(rest[0]), Number(rest[1])];
  });
  /** @type {[number | null, string | null]} */
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (...how) => resolve(how));
  });
  // Leaks are told at the end, anything else at the call that did it.
  if (code !== 0 && result.failures.length === 0) {
    const where = result.calls === 0 ? `at ${last}` : 'at the end';
    result.failures.push(`ended ${where} with ${signal ?? code}:\n${complaint.trim().slice(0, 6000)}`);
  }
  return result;
}

/** A folder that goes when `use` has ended. @template T @param {(folder: string) => Promise<T>} use */
export async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'spikefit-kernels-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
