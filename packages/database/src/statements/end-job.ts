/**
 * The three ways a job ends without a result of its own; `succeed` is the fourth. Each writes its one last
 * event. Tenants read all of it, so details of our insides do not come in: they are in the worker's log.
 */
import { type ErrorCode, isRetryable, publicDetail } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { storable } from '../storable-text.ts';
import { appendLastEvent, type PlaceInSweep } from './append-last-event.ts';
import { changeStatus } from './change-status.ts';
import type { LockedJob } from './lock-job.ts';

export async function failJob(
  tx: Transaction,
  job: LockedJob,
  error: { code: ErrorCode; detail: string },
): Promise<void> {
  const detail = storable(publicDetail(error.code, error.detail));
  await changeStatus(tx, job, {
    to: 'failed',
    message: error.code,
    set: { errorCode: error.code, errorDetail: detail, progressEtaSeconds: null },
  });
  await appendLastEvent(tx, job, {
    type: 'job.failed',
    data: { error: { code: error.code, detail, retryable: isRetryable(error.code) } },
  });
}

export async function cancelJob(
  tx: Transaction,
  job: LockedJob,
  message: string,
  place: PlaceInSweep = {},
): Promise<void> {
  await changeStatus(tx, job, {
    to: 'canceled',
    message,
    set: { cancelRequestedAt: job.cancelRequestedAt ?? job.now, progressEtaSeconds: null },
  });
  await appendLastEvent(tx, job, { type: 'job.canceled', data: { message } }, place);
}
