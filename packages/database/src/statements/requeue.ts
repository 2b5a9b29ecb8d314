import type { Transaction } from '../connection.ts';
import type { Prisma } from '../generated/client.ts';
import { changeStatus } from './change-status.ts';
import type { LockedJob } from './lock-job.ts';

export interface Requeue {
  message: string;
  statusMessage: string | null;
  /** Not to be claimed before this; null: at once. */
  notBefore: Date | null;
  set?: Prisma.JobUncheckedUpdateInput;
}

/** Sends a held job back to the queue: a new entry of its own, at the end of its priority. */
export async function requeue(tx: Transaction, job: LockedJob, options: Requeue): Promise<void> {
  const enqueueSeq = job.enqueueSeq + 1;
  await changeStatus(tx, job, {
    to: 'queued',
    message: options.message,
    statusMessage: options.statusMessage,
    set: { enqueueSeq, queuedAt: job.now, notBefore: options.notBefore, ...options.set },
  });
  // createMany, because the application may write to the outbox but not read it.
  await tx.outbox.createMany({
    data: [
      {
        tenantId: job.tenantId,
        jobId: job.id,
        enqueueSeq,
        priority: job.priority,
        dueAt: options.notBefore ?? job.now,
      },
    ],
  });
}
