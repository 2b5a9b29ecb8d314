import type { QueueEntry } from '@spikefit/database';
import type { Resources } from '../resources.ts';

const batch = 500;

/** Jobs that wait in Postgres but not in Redis: after a flush, a lost write, an entry dropped by a declined claim. */
export async function enqueueMissingJobs({ database, logger, metrics, queue }: Resources): Promise<void> {
  let afterJobId: string | undefined;
  for (;;) {
    const waiting: QueueEntry[] = await database.reconciler.jobsWaiting({ limit: batch, afterJobId });
    const missing = await queue.missing(waiting);
    if (missing.length > 0) {
      await queue.enqueueAll(missing);
      metrics.reconciled.inc({ kind: 'missing-entry' }, missing.length);
      logger.warn({ jobs: missing.map(({ jobId }) => jobId) }, 'jobs that wait were not in the queue');
    }
    if (waiting.length < batch) return;
    afterJobId = waiting.at(-1)?.jobId;
  }
}

/** Entries of jobs that do not wait any more, or of an earlier queueing: they would only be declined. */
export async function dropUnknownEntries({ database, logger, metrics, queue }: Resources): Promise<void> {
  /** Those before it stay: what is dropped does not count any more where the next page begins. */
  let offset = 0;
  for (;;) {
    const entries = await queue.waiting(batch, offset);
    const known = new Set((await database.reconciler.knownEntries(entries)).map(entryKey));
    for (const entry of entries) {
      if (known.has(entryKey(entry))) continue;
      await queue.remove(entry.jobId, entry.enqueueSeq);
      metrics.reconciled.inc({ kind: 'unknown-entry' });
      logger.info(
        { jobId: entry.jobId, enqueueSeq: entry.enqueueSeq },
        'dropped a queue entry without a job',
      );
    }
    if (entries.length < batch) return;
    offset += known.size;
  }
}

const entryKey = (entry: { jobId: string; enqueueSeq: number }) => `${entry.jobId}/${entry.enqueueSeq}`;
