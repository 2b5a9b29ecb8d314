import { type ErrorCode, type JobStatus, publicDetail } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import { isoTime } from '../rows.ts';
import { appendEvents } from '../statements/append-events.ts';
import { failJob } from '../statements/end-job.ts';
import { interruptJob } from '../statements/interrupt-job.ts';
import { lockLease } from '../statements/lock-job.ts';
import { requeue } from '../statements/requeue.ts';
import type { Lease } from '../surface/attempts.ts';

/** Transient failures after which a job is tried again. */
const retryLimit = 5;

/** 5, 10, 20, 40, 80 seconds. */
const retryDelayMs = (failures: number): number => 5_000 * 2 ** (failures - 1);

/** See AttemptRepository.retryLater. */
export function retryLater(
  connection: Connection,
  lease: Lease,
  { code, detail: fullDetail }: { code: ErrorCode; detail: string },
): Promise<JobStatus> {
  const error = { code, detail: publicDetail(code, fullDetail) };
  return connection.tenantTransaction(lease.tenantId, async (tx): Promise<JobStatus> => {
    const job = await lockLease(tx, lease);
    if (job.status !== 'running') return interruptJob(tx, job, error);
    const failures = job.failures + 1;
    if (failures > retryLimit) {
      await failJob(tx, job, {
        code: 'job.retries-exhausted',
        detail: `${failures} attempts failed, the last one with ${error.code}: ${error.detail}`,
      });
      return 'failed';
    }
    const retryAt = new Date(job.now.getTime() + retryDelayMs(failures));
    await requeue(tx, job, {
      message: `${error.code}: ${error.detail}`,
      statusMessage: `failed for a passing reason (${error.code}: ${error.detail}); tried again at ${isoTime(retryAt)}`,
      notBefore: retryAt,
      set: { failures },
    });
    await appendEvents(tx, job, [
      { type: 'job.interrupted', data: { ...error, failures, retryAt: isoTime(retryAt) } },
    ]);
    return 'queued';
  });
}
