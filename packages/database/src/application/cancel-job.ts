import { assertExhaustive, CodedError } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import { appendEvents } from '../statements/append-events.ts';
import type { PlaceInSweep } from '../statements/append-last-event.ts';
import { changeStatus } from '../statements/change-status.ts';
import { cancelJob } from '../statements/end-job.ts';
import { type LockedJob, lockJob } from '../statements/lock-job.ts';
import type { StoredJob } from '../surface/records.ts';
import { getJob } from './read-jobs.ts';

/** See JobRepository.requestCancel. */
export function requestCancel(
  connection: Connection,
  { tenantId, jobId }: { tenantId: string; jobId: string },
): Promise<StoredJob | null> {
  return connection.tenantTransaction(tenantId, async (tx, now) => {
    const job = await lockJob(tx, jobId);
    if (job === null || job.tenantId !== tenantId) return null;
    await cancelLocked(tx, job);
    return getJob(tx, tenantId, jobId, now);
  });
}

/** @throws CodedError `job.not-cancelable` */
export async function cancelLocked(tx: Transaction, job: LockedJob, place: PlaceInSweep = {}): Promise<void> {
  switch (job.status) {
    case 'queued':
    case 'paused':
      return cancelJob(tx, job, 'canceled on request, before it ran', place);
    case 'running':
    case 'pausing':
      await changeStatus(tx, job, {
        to: 'canceling',
        message: 'cancel requested',
        set: { cancelRequestedAt: job.now },
      });
      await appendEvents(tx, job, [{ type: 'job.canceling', data: {} }]);
      return;
    case 'canceling':
    case 'canceled':
      return;
    case 'succeeded':
    case 'failed':
      throw new CodedError('job.not-cancelable', `the job is ${job.status} already`);
    default:
      return assertExhaustive(job.status);
  }
}
