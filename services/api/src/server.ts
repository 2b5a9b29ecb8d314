/** The API process. */
import { loadConfig } from '@spikefit/config';
import { systemClock, toCodedError } from '@spikefit/contracts';
import { connectApplication } from '@spikefit/database';
import { openObjectStore } from '@spikefit/object-store';
import { createProducer } from '@spikefit/queue';
import { createHttpMetrics, createLogger, createRegistry, serveMetrics } from '@spikefit/telemetry';
import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';

/** Requests in flight get this long to end; event streams end at once. */
const graceMs = 10_000;

async function main(): Promise<void> {
  const config = loadConfig('api');
  const logger = createLogger({ service: 'api', level: config.log.level });
  const registry = createRegistry('api');
  const open: AsyncDisposable[] = [];
  closeWithGrace({ delay: graceMs, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'unexpected error, the API ends');
    else logger.info({ signal }, 'the API stops');
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  });
  const hold = <T extends AsyncDisposable>(one: T): T => {
    open.push(one);
    return one;
  };

  const app = await buildApp({
    config,
    logger,
    clock: systemClock,
    metrics: createHttpMetrics(registry),
    database: hold(connectApplication({ url: config.databaseUrl, applicationName: 'spikefit-api' })),
    objectStore: hold(openObjectStore(config.objectStore.url, config.objectStore)),
    queue: hold(createProducer({ redisUrl: config.redisUrl, prefix: config.queuePrefix })),
  });
  hold({ [Symbol.asyncDispose]: () => app.close() });
  if (config.metricsPort !== null) {
    hold(await serveMetrics({ registry, host: config.host, port: config.metricsPort }));
  }
  await app.listen({ host: config.host, port: config.port });
  logger.info({ publicUrl: config.publicUrl }, 'API is ready');
}

main().catch((error: unknown) => {
  const { code, detail } = toCodedError(error);
  process.stderr.write(`api cannot start: ${code}: ${detail}\n`);
  process.exit(1);
});
