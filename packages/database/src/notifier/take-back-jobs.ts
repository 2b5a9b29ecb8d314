/** Jobs whose worker is gone or does not listen. Each in a transaction of its own: one bad row holds up no other. */
import type { Connection, Transaction } from '../connection.ts';
import { cancelJob } from '../statements/end-job.ts';
import { interruptJob } from '../statements/interrupt-job.ts';
import { type LockedJob, tryLockJob } from '../statements/lock-job.ts';
import type { ReconciledJob } from '../surface/notifier.ts';

/** See ReconcilerRepository.expireLeases. */
export async function expireLeases(connection: Connection, limit: number): Promise<ReconciledJob[]> {
  const ids = await connection.transaction(
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM jobs WHERE lease_until < clock_timestamp() ORDER BY lease_until LIMIT ${limit}`,
  );
  return takeBack(connection, ids, async (tx, job) => {
    if (!job.leaseExpired) return null;
    return interruptJob(tx, job, { code: 'job.lease-lost', detail: 'the worker was not heard of in time' });
  });
}

/** See ReconcilerRepository.forceCancels. */
export async function forceCancels(
  connection: Connection,
  { graceSeconds, limit }: { graceSeconds: number; limit: number },
): Promise<ReconciledJob[]> {
  const ids = await connection.transaction(
    (tx) => tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM jobs
      WHERE status = 'canceling'
        AND cancel_requested_at < clock_timestamp() - make_interval(secs => ${graceSeconds}::double precision)
      ORDER BY cancel_requested_at LIMIT ${limit}`,
  );
  return takeBack(connection, ids, async (tx, job) => {
    if (job.status !== 'canceling') return null;
    await cancelJob(tx, job, 'canceled on request; the worker did not answer');
    return 'canceled';
  });
}

async function takeBack(
  connection: Connection,
  candidates: readonly { id: string }[],
  change: (tx: Transaction, job: LockedJob) => Promise<ReconciledJob['status'] | null>,
): Promise<ReconciledJob[]> {
  const changed: ReconciledJob[] = [];
  const failures: unknown[] = [];
  for (const { id } of candidates) {
    try {
      const status = await connection.transaction(async (tx) => {
        const job = await tryLockJob(tx, id);
        return job === null ? null : change(tx, job);
      });
      if (status !== null) changed.push({ jobId: id, status });
    } catch (error) {
      failures.push(error);
    }
  }
  if (changed.length === 0 && failures.length > 0) throw failures[0];
  return changed;
}
