import {
  assertExhaustive,
  CodedError,
  type ErrorCode,
  type JobStatus,
  publicDetail,
} from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { appendEvents } from './append-events.ts';
import { changeStatus } from './change-status.ts';
import { cancelJob, failJob } from './end-job.ts';
import type { LockedJob } from './lock-job.ts';
import { requeue } from './requeue.ts';

/** A job that is interrupted once more than this fails: something about it ends the workers. */
const interruptionLimit = 20;

interface Interruption {
  code: ErrorCode | null;
  detail: string;
}

/** An attempt ended without a failure of the job: what becomes of a held job. @returns its status afterwards */
export async function interruptJob(
  tx: Transaction,
  job: LockedJob,
  { code, detail }: Interruption,
): Promise<JobStatus> {
  const reason = { code, detail: code === null ? detail : publicDetail(code, detail) };
  switch (job.status) {
    case 'canceling':
      await cancelJob(tx, job, `canceled; the attempt ended: ${reason.detail}`);
      return 'canceled';
    case 'pausing':
      await changeStatus(tx, job, { to: 'paused', message: reason.detail });
      return 'paused';
    case 'running':
      return backToQueue(tx, job, reason);
    case 'queued':
    case 'paused':
    case 'canceled':
    case 'succeeded':
    case 'failed':
      throw new CodedError('internal.error', `a job that is ${job.status} has no attempt to interrupt`);
    default:
      return assertExhaustive(job.status);
  }
}

async function backToQueue(tx: Transaction, job: LockedJob, reason: Interruption): Promise<JobStatus> {
  const interruptions = job.interruptions + 1;
  if (interruptions > interruptionLimit) {
    await failJob(tx, job, {
      code: 'job.interrupted-too-often',
      detail: `${interruptions} attempts were interrupted, the last one: ${reason.detail}`,
    });
    return 'failed';
  }
  await requeue(tx, job, {
    message: reason.detail,
    statusMessage: `interrupted (${reason.detail}); goes on from the last checkpoint`,
    notBefore: null,
    set: { interruptions },
  });
  await appendEvents(tx, job, [
    { type: 'job.interrupted', data: { ...reason, interruptions, retryAt: null } },
  ]);
  return 'queued';
}
