import { Loop } from './loop.ts';
import type { Resources } from './resources.ts';

const batch = 100;
/** Notifications wake the relay at once; this is for those that were missed. */
const everyMs = 1000;

/**
 * Moves rows of the outbox to the queue. The rows are locked until the queue has them, and deleted then: a crash in
 * between sends them twice, which the claim in Postgres makes harmless.
 */
export function startOutboxRelay({ clock, database, logger, metrics, queue }: Resources): Loop {
  return new Loop({
    name: 'outbox relay',
    clock,
    logger,
    everyMs,
    onFailure: () => metrics.loopFailures.inc({ loop: 'outbox relay' }),
    round: async () => {
      const relayed = await database.outbox.take(batch, (entries) => queue.enqueueAll(entries));
      metrics.relayed.inc(relayed);
      return relayed === batch ? 'more' : 'idle';
    },
  });
}
