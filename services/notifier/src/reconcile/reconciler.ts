import { Loop } from '../loop.ts';
import type { Resources } from '../resources.ts';
import { collectGarbage, deleteRetiredStates } from './garbage.ts';
import { dropUnknownEntries, enqueueMissingJobs } from './queue-entries.ts';
import { drawSweepPlots } from './sweep-plots.ts';

/** Rows treated in one statement. */
const batch = 100;

/**
 * Makes Postgres and the world agree again, whatever was lost: leases of workers that died, queue entries that a
 * flushed Redis forgot, cancels that nobody answered. Each repair is idempotent and stands alone; one that fails
 * does not keep the others from being made, and fails the round afterwards.
 */
export function startReconciler(resources: Resources): Loop {
  const { clock, config, logger, metrics } = resources;
  return new Loop({
    name: 'reconciler',
    clock,
    logger,
    everyMs: config.reconcileSeconds * 1000,
    onFailure: () => metrics.loopFailures.inc({ loop: 'reconciler' }),
    round: async (signal) => {
      const failures: unknown[] = [];
      for (const repair of repairs) {
        if (signal.aborted) break;
        await repair(resources).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
      return 'idle';
    },
  });
}

type Repair = (resources: Resources) => Promise<void>;

const expireLeases: Repair = async ({ database, logger, metrics }) => {
  for (const job of await database.reconciler.expireLeases(batch)) {
    metrics.reconciled.inc({ kind: 'expired-lease' });
    logger.warn({ jobId: job.jobId, status: job.status }, 'the lease of a job ran out');
  }
};

const forceCancels: Repair = async ({ config, database, logger, metrics }) => {
  const graceSeconds = config.leaseSeconds;
  for (const job of await database.reconciler.forceCancels({ graceSeconds, limit: batch })) {
    metrics.reconciled.inc({ kind: 'forced-cancel' });
    logger.warn({ jobId: job.jobId }, 'a worker did not answer to a cancel, which is forced');
  }
};

const watchQueue: Repair = async ({ metrics, queue }) => {
  metrics.oldestWaitingSeconds.set(((await queue.oldestWaitingAgeMs()) ?? 0) / 1000);
};

const repairs: readonly Repair[] = [
  expireLeases,
  forceCancels,
  enqueueMissingJobs,
  dropUnknownEntries,
  deleteRetiredStates,
  drawSweepPlots,
  watchQueue,
];

const hourMs = 3_600_000;

/** What is not urgent: rows and objects that nobody needs any more. */
export function startCollector(resources: Resources): Loop {
  const { clock, database, logger, metrics } = resources;
  return new Loop({
    name: 'collector',
    clock,
    logger,
    everyMs: hourMs,
    onFailure: () => metrics.loopFailures.inc({ loop: 'collector' }),
    round: async (signal) => {
      const keys = await database.reconciler.expireIdempotencyKeys();
      metrics.reconciled.inc({ kind: 'idempotency-key' }, keys);
      const states = await database.reconciler.expirePretrainedStates();
      metrics.reconciled.inc({ kind: 'pretrained-state' }, states);
      await collectGarbage(resources, signal);
      return 'idle';
    },
  });
}
