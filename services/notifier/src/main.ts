/** The notifier process. */
import { loadConfig } from '@spikefit/config';
import { systemClock, toCodedError } from '@spikefit/contracts';
import { createLogger, createNotifierMetrics, createRegistry, serveMetrics } from '@spikefit/telemetry';
import closeWithGrace from 'close-with-grace';
import { startNotifier } from './notifier.ts';

async function main(): Promise<void> {
  const config = loadConfig('notifier');
  const logger = createLogger({ service: 'notifier', level: config.log.level });
  const registry = createRegistry('notifier');
  const open: AsyncDisposable[] = [];
  closeWithGrace({ delay: 20_000, logger }, async ({ signal, err }) => {
    if (err) logger.fatal({ err }, 'unexpected error, the notifier ends');
    else logger.info({ signal }, 'the notifier stops');
    for (const one of open.reverse()) await one[Symbol.asyncDispose]();
  });
  if (config.metricsPort !== null) {
    open.push(await serveMetrics({ registry, host: '0.0.0.0', port: config.metricsPort }));
  }
  open.push(
    await startNotifier({ config, clock: systemClock, logger, metrics: createNotifierMetrics(registry) }),
  );
  logger.info('notifier is ready');
}

main().catch((error: unknown) => {
  const { code, detail } = toCodedError(error);
  process.stderr.write(`notifier cannot start: ${code}: ${detail}\n`);
  process.exit(1);
});
