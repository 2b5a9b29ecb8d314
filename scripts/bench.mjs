// `npm run bench`: comparisons, outside the tests. See --help.
import path from 'node:path';
import { bootstrap } from './lib/bootstrap.mjs';
import { cacheFolder } from './lib/paths.mjs';
import { peersPython } from './lib/peers.mjs';
import { printFailure, step } from './lib/steps.mjs';

try {
  const args = process.argv.slice(2);
  await bootstrap();
  const { runBench } = await import('../packages/bench/dist/index.js');
  process.exitCode = await runBench(args, openContext);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}

async function openContext() {
  const { ensureDataset } = await import('@spikefit/datasets');
  const datasetDirectory = await step('data set', ({ hint }) =>
    ensureDataset('fashion-mnist', {
      cacheDirectory: process.env.SPIKEFIT_DATA_CACHE ?? path.join(cacheFolder(), 'datasets'),
      onProgress: hint,
    }),
  );
  return {
    datasetDirectory,
    peersPython: peersPython(),
    runOnServices: async (
      /** @type {import('@spikefit/contracts').JobRequest} */ request,
      /** @type {number} */ threads,
    ) => (await import('./lib/run-on-services.mjs')).runOnServices(request, threads),
    print: (/** @type {string} */ line) => console.log(line),
  };
}
