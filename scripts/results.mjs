// `npm run results`: the tables of docs/results. See --help.
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { bootstrap } from './lib/bootstrap.mjs';
import { untilStopped } from './lib/interrupt.mjs';
import { cacheFolder, root } from './lib/paths.mjs';
import { printFailure, step } from './lib/steps.mjs';
import { LiveLine } from './lib/terminal.mjs';

const line = new LiveLine();
/** @type {Promise<string> | undefined} */
let datasetReady;
const hint = (/** @type {string} */ text) => line.show(`  … ${text}`);

process.exitCode = await untilStopped(async (signal) => {
  try {
    await bootstrap({ signal });
    const { runResults } = await import('@spikefit/bench');
    const print = (/** @type {string} */ text) => line.print(text);
    return await runResults(process.argv.slice(2), {
      root,
      print,
      open: async (workers) => ({
        threads: workers.jobs * workers.threads,
        datasetDirectory,
        runJobs: jobRunner(workers, signal),
        print,
        hint,
        breathe: async () => {
          await setImmediate();
          signal.throwIfAborted();
        },
      }),
    });
  } catch (error) {
    if (signal.aborted) return 130;
    printFailure(error);
    return 1;
  } finally {
    line.clear();
  }
});

/** The folder of the files of Fashion-MNIST, fetched once. */
function datasetDirectory() {
  datasetReady ??= fetchDataset();
  return datasetReady;
}

async function fetchDataset() {
  const { ensureDataset } = await import('@spikefit/datasets');
  return step('data set', (report) =>
    ensureDataset('fashion-mnist', {
      cacheDirectory: process.env.SPIKEFIT_DATA_CACHE ?? path.join(cacheFolder(), 'datasets'),
      onProgress: report.hint,
    }),
  );
}

/** @param {import('@spikefit/bench').Workers} workers @param {AbortSignal} signal @returns {import('@spikefit/bench').JobRunner} */
function jobRunner(workers, signal) {
  return async (requests, onEnd) => {
    // The worker reads it; fetched now, where everybody sees it.
    await datasetDirectory();
    const { runJobs } = await import('./lib/run-jobs.mjs');
    await runJobs({ requests, onEnd, workers, hint, signal });
  };
}
