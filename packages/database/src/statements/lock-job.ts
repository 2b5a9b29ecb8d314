/**
 * Every change of a job begins by locking its row. What is read here stays true until the transaction ends, and the
 * order of the changes is the order of the locks; so `now` is the clock's time after the lock, not the transaction's.
 */
import { CodedError, type JobStatus } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { Prisma } from '../generated/client.ts';
import type { Lease } from '../surface/attempts.ts';

export interface LockedJob {
  readonly id: string;
  readonly tenantId: string;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly interruptions: number;
  readonly failures: number;
  readonly priority: number;
  readonly enqueueSeq: number;
  readonly leaseEpoch: number;
  /** Whether the time before which it must not be claimed has come. */
  readonly due: boolean;
  readonly leaseExpired: boolean;
  readonly pin: unknown;
  readonly cancelRequestedAt: Date | null;
  readonly now: Date;
}

/** The right to change the job that was found, or null when there is none (or none of the tenant). */
export async function lockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  return lockWhere(tx, Prisma.sql`id = ${jobId}`);
}

/** Null also when somebody else holds the lock: for those who come again anyway. */
export async function tryLockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  return lockWhere(tx, Prisma.sql`id = ${jobId}`, Prisma.sql`SKIP LOCKED`);
}

/**
 * The fence: locks the job if the lease is still the one that holds it.
 * @throws CodedError `job.lease-lost`
 */
export async function lockLease(tx: Transaction, lease: Lease): Promise<LockedJob> {
  const job = await lockWhere(
    tx,
    Prisma.sql`id = ${lease.jobId} AND lease_epoch = ${lease.leaseEpoch} AND lease_owner = ${lease.owner}`,
  );
  if (job === null) {
    throw new CodedError(
      'job.lease-lost',
      `job ${lease.jobId} is no longer held with lease epoch ${lease.leaseEpoch}`,
    );
  }
  return job;
}

async function lockWhere(
  tx: Transaction,
  condition: Prisma.Sql,
  wait = Prisma.empty,
): Promise<LockedJob | null> {
  // Two steps: in one statement, clock_timestamp() might be taken before a lock that had to be waited for.
  const rows = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM jobs WHERE ${condition} FOR UPDATE ${wait}`;
  const id = rows[0]?.id;
  if (id === undefined) return null;
  const [job] = await tx.$queryRaw<LockedJob[]>`
    SELECT id, tenant_id AS "tenantId", status::text AS status, attempt, interruptions, failures, priority,
      enqueue_seq AS "enqueueSeq", lease_epoch AS "leaseEpoch", pin, cancel_requested_at AS "cancelRequestedAt",
      coalesce(not_before <= clock_timestamp(), true) AS due,
      coalesce(lease_until < clock_timestamp(), false) AS "leaseExpired",
      clock_timestamp()::timestamptz(3) AS now
    FROM jobs WHERE id = ${id}`;
  return job ?? null;
}
