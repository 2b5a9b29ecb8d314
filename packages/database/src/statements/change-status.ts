import { CodedError, isHeldByWorker, isTerminal, type JobStatus, jobTransitions } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import type { Prisma } from '../generated/client.ts';
import { addTransition } from './add-transition.ts';
import type { LockedJob } from './lock-job.ts';

export interface StatusChange {
  to: JobStatus;
  /** For the list of transitions. */
  message: string | null;
  /** Shown with the job while it is in this status. Default null. */
  statusMessage?: string | null;
  set?: Prisma.JobUncheckedUpdateInput;
}

/** Moves a locked job to another status, with its transition. A job that no worker holds afterwards has no lease. */
export async function changeStatus(tx: Transaction, job: LockedJob, change: StatusChange): Promise<void> {
  if (!jobTransitions[job.status].includes(change.to)) {
    throw new CodedError('internal.error', `a job cannot go from ${job.status} to ${change.to}`);
  }
  await tx.job.update({
    where: { id: job.id },
    data: {
      status: change.to,
      statusMessage: change.statusMessage ?? null,
      ...(isHeldByWorker(change.to) ? {} : { leaseOwner: null, leaseUntil: null }),
      ...(isTerminal(change.to) ? { endedAt: job.now } : {}),
      ...change.set,
    },
    select: { id: true },
  });
  await addTransition(tx, job, change.to, change.message);
}
