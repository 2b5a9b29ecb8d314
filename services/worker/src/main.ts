/** The worker process. */
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@spikefit/config';
import { systemClock, toCodedError } from '@spikefit/contracts';
import { ensureDataset } from '@spikefit/datasets';
import { createLogger, createRegistry, createWorkerMetrics, serveMetrics } from '@spikefit/telemetry';
import closeWithGrace from 'close-with-grace';
import { startWorker } from './worker.ts';

const trainerPath = fileURLToPath(new URL('./trainer.js', import.meta.url));
/** What closing takes beside the trainer's last checkpoint. */
const closingMs = 15_000;

async function main(): Promise<void> {
  const config = loadConfig('worker');
  const logger = createLogger({ service: 'worker', level: config.log.level });
  const registry = createRegistry('worker');
  const open: AsyncDisposable[] = [];
  closeWithGrace({ delay: config.shutdownSeconds * 1000 + closingMs, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'unexpected error, the worker ends');
    else logger.info({ signal }, 'the worker stops');
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  });
  if (config.metricsPort !== null) {
    open.push(await serveMetrics({ registry, host: '0.0.0.0', port: config.metricsPort }));
  }
  open.push(
    await startWorker({
      config,
      clock: systemClock,
      logger,
      metrics: createWorkerMetrics(registry),
      trainerPath,
      ensureDataset: (id, signal) =>
        ensureDataset(id, {
          cacheDirectory: config.dataCache,
          searchDirectories: config.dataDirectory === null ? [] : [config.dataDirectory],
          signal,
          onProgress: (message) => logger.info({ dataset: id }, message),
        }),
    }),
  );
  logger.info('worker is ready');
}

main().catch((error: unknown) => {
  const { code, detail } = toCodedError(error);
  process.stderr.write(`worker cannot start: ${code}: ${detail}\n`);
  process.exit(1);
});
