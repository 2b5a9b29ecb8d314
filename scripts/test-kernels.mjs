// `npm run test:kernels`: the C++ kernels under memory and thread checkers. See --help.
import path from 'node:path';
import { checkers } from '../packages/tfjs-native/scripts/lib/kernel-checkers.mjs';
import {
  checkerNamed,
  planKernelChecks,
  programFor,
  recordCases,
  runKernelCheck,
  withFolder,
} from '../packages/tfjs-native/scripts/lib/kernel-checks.mjs';
import { BuildFailure } from '../packages/tfjs-native/scripts/lib/toolchain.mjs';
import { bootstrap } from './lib/bootstrap.mjs';
import { readOptions, UsageError } from './lib/options.mjs';
import { printFailure, step } from './lib/steps.mjs';
import { summaryLine } from './lib/test-run.mjs';

const names = checkers.map(({ name }) => name);
const help = `npm run test:kernels [-- options]

Builds the C++ kernels with their bindings into a program without Node, runs every call of the case table
(packages/tfjs-native/test/cases) in it, in arrays of exactly their size, and compares with the reference:

${checkers.map(({ name, title, sets }) => `  ${name.padEnd(9)} ${title} (${sets.join(', ')})`).join('\n')}

What this CPU or machine cannot run is skipped aloud. The programs are kept in the cache until a source changes.

  --only NAME  one of ${names.join(', ')}
  --help       this`;

const options = readOptions({
  help,
  options: { only: { type: 'string' } },
  check: ({ only }) => {
    if (only !== undefined && !names.includes(only))
      throw new UsageError(`--only takes one of ${names.join(', ')}, not "${only}"`);
    return { only: only === undefined ? names : [only] };
  },
});

/** @typedef {{ checker: string, isa: string, text: string, failures: string[] }} Row */

if (options) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    console.log('Setting up');
    await bootstrap();
    const rows = await withFolder((folder) => checkAll(folder, options.only, total));
    printRows(rows);
  } catch (error) {
    if (error instanceof BuildFailure) console.error(`\n${error.message}`);
    else printFailure(error);
    total.failed += 1;
  }
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(summaryLine(total));
}

/**
 * @param {string} folder @param {string[]} only @param {import('./lib/test-run.mjs').Counts} total
 * @returns {Promise<Row[]>}
 */
async function checkAll(folder, only, total) {
  const calls = path.join(folder, 'calls');
  await step('calls of the case table', async ({ note }) => note(`${await recordCases(calls)}`));
  const plan = await planKernelChecks({ only });
  /** @type {Row[]} */
  const rows = [];
  for (const { checker: name, isa, unavailable } of plan) {
    if (unavailable !== undefined) {
      total.skipped += 1;
      rows.push({ checker: name, isa, text: `SKIPPED: ${unavailable}`, failures: [] });
      continue;
    }
    const checker = checkerNamed(name);
    const program = await step(`build ${name}`, () => programFor(checker, plan));
    const started = performance.now();
    const result = await step(`${name} ${isa}`, async ({ hint, fail }) => {
      const done = await runKernelCheck(checker, isa, program, calls, hint);
      if (done.failures.length > 0) fail(`${done.failures.length} errors`);
      return done;
    });
    total[result.failures.length === 0 ? 'passed' : 'failed'] += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const counts = `${result.calls} calls, ${result.leftOut} left out, ${result.failures.length} errors, ${seconds} s`;
    rows.push({ checker: name, isa, text: counts, failures: result.failures });
  }
  return rows;
}

/** @param {Row[]} rows */
function printRows(rows) {
  for (const { checker, isa, failures } of rows) {
    if (failures.length > 0) console.error(`\n${checker} ${isa}:\n${failures.slice(0, 20).join('\n')}`);
  }
  console.log();
  for (const { checker, isa, text } of rows) console.log(`  ${checker.padEnd(10)} ${isa.padEnd(10)} ${text}`);
}
