// The real worker process, but for its trainer: for tests of everything else, at many jobs a second.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@spikefit/config';
import { systemClock } from '@spikefit/contracts';
import { createLogger, createRegistry, createWorkerMetrics } from '@spikefit/telemetry';
import { startWorker } from '../../dist/index.js';

const config = loadConfig('worker');
const logger = createLogger({ service: 'worker', level: config.log.level });
const worker = await startWorker({
  config,
  clock: systemClock,
  logger,
  metrics: createWorkerMetrics(createRegistry('worker')),
  trainerPath: fileURLToPath(new URL('../scripted-trainer.mjs', import.meta.url)),
  ensureDataset: async () => path.resolve(process.env.SPIKEFIT_TEST_SCRIPT),
});
process.on('SIGTERM', () => void worker[Symbol.asyncDispose]());
logger.info('worker is ready');
