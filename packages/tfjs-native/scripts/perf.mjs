// Prints what the kernels reach on this machine: the case table (test/cases/speed) in its third mode, half a second a row.
//
//   node scripts/perf.mjs [isa] [threads] [part of a title]     default: the best instruction set, 2 threads, every row
import { compileCases, loadAddon } from './lib/compiled-cases.mjs';

const addon = loadAddon();
const isa = process.argv[2] ?? addon.instructionSets().find(({ supported }) => supported).name;
const threads = Number(process.argv[3] ?? 2);
const part = process.argv[4] ?? '';
addon.configure(isa, threads);
console.log(`${isa}, ${threads} threads; medians`);

/** Median milliseconds over half a second, at least five runs. @param {() => void} run */
function median(run) {
  run();
  const times = [];
  for (const start = performance.now(); times.length < 5 || performance.now() - start < 500; ) {
    const before = performance.now();
    run();
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

const load = await compileCases();
/** @type {{ allSpeedCases: import('../test/cases/speed/speed-case.ts').SpeedCase[] }} */
const { allSpeedCases } = await load('speed/all-speed-cases');
for (const { title, work, prepare } of allSpeedCases.filter((row) => row.title.includes(part))) {
  const time = median(prepare(addon));
  const reached =
    'operations' in work
      ? `${(work.operations / time / 1e6).toFixed(1).padStart(8)} GFLOP/s`
      : `${((time * 1e6) / work.elements).toFixed(3).padStart(8)} ns/element`;
  console.log(`${title.padEnd(58)} ${time.toFixed(2).padStart(8)} ms ${reached}`);
}
