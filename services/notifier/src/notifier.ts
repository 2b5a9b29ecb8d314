import type { NotifierConfig } from '@spikefit/config';
import { type Clock, CodedError } from '@spikefit/contracts';
import { connectNotifier } from '@spikefit/database';
import { openObjectStore } from '@spikefit/object-store';
import { createProducer } from '@spikefit/queue';
import type { Logger, NotifierMetrics } from '@spikefit/telemetry';
import { startOutboxRelay } from './outbox-relay.ts';
import { startCollector, startReconciler } from './reconcile/reconciler.ts';
import type { Resources } from './resources.ts';
import { type Resolver, systemResolver } from './webhooks/address-judge.ts';
import { startDeliverer } from './webhooks/deliverer.ts';

export interface NotifierOptions {
  readonly config: NotifierConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: NotifierMetrics;
  readonly resolve?: Resolver;
}

/**
 * Relays the outbox, delivers webhooks, reconciles. Every part survives outages of Postgres, Redis and the object
 * store, and any number of notifiers may run beside each other. Disposing it waits for what is under way.
 */
export async function startNotifier(options: NotifierOptions): Promise<AsyncDisposable> {
  const { config, clock, logger, metrics, resolve = systemResolver } = options;
  const objectStore = openObjectStore(config.objectStore.url, config.objectStore);
  const database = connectNotifier({ url: config.databaseUrl, applicationName: 'spikefit-notifier' });
  const queue = createProducer({ redisUrl: config.redisUrl, prefix: config.queuePrefix });
  const resources: Resources = { config, clock, logger, metrics, database, queue, objectStore, resolve };
  const relay = startOutboxRelay(resources);
  const deliverer = startDeliverer(resources);
  const loops = [relay, deliverer, startReconciler(resources), startCollector(resources)];
  const wakeAll = () => {
    relay.wake();
    deliverer.wake();
  };
  const stopListening = listen(resources, {
    onOutbox: () => relay.wake(),
    onDelivery: () => deliverer.wake(),
    wakeAll,
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await stopListening();
      await Promise.all(loops.map((loop) => loop[Symbol.asyncDispose]()));
      await queue.close();
      await objectStore.close();
      await database.close();
    },
  };
}

const listenAgainMs = 1000;

/** Notifications of Postgres make the loops quick; without them they still poll. So a failure here is only logged. */
function listen(
  { clock, database, logger }: Resources,
  callbacks: { onOutbox: () => void; onDelivery: () => void; wakeAll: () => void },
): () => Promise<void> {
  const stop = new AbortController();
  const { onOutbox, onDelivery, wakeAll } = callbacks;
  const onError = (error: unknown) =>
    logger.warn({ err: error }, 'notifications of Postgres are interrupted');
  const listening = (async () => {
    while (!stop.signal.aborted) {
      try {
        const listener = await database.listen({ onOutbox, onDelivery }, { onError, onReconnect: wakeAll });
        wakeAll();
        return listener;
      } catch (error) {
        onError(error);
        await clock.sleep(listenAgainMs, stop.signal).catch(() => undefined);
      }
    }
    return null;
  })();
  return async () => {
    stop.abort(new CodedError('service.unavailable', 'the notifier stops'));
    await (await listening)?.[Symbol.asyncDispose]();
  };
}
