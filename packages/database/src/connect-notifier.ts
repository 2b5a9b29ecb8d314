import { openConnection } from './connection.ts';
import { listen } from './listen.ts';
import { createDeliveries } from './notifier/deliveries.ts';
import { createOutbox } from './notifier/outbox.ts';
import { createReconciler } from './notifier/reconciler.ts';
import { createSweepPlots } from './notifier/sweep-plots.ts';
import type { ConnectOptions } from './surface/connections.ts';
import type { NotifierDatabase } from './surface/notifier.ts';

/** For the notifier. Connects at the first use. */
export function connectNotifier(options: ConnectOptions): NotifierDatabase {
  const connection = openConnection(options);
  return {
    ping: connection.ping,
    outbox: createOutbox(connection),
    deliveries: createDeliveries(connection),
    reconciler: createReconciler(connection),
    sweepPlots: createSweepPlots(connection),
    listen: ({ onOutbox, onDelivery }, listenOptions) =>
      listen(connection.url, { spikefit_outbox: onOutbox, spikefit_delivery: onDelivery }, listenOptions),
    close: connection.close,
    [Symbol.asyncDispose]: connection.close,
  };
}
