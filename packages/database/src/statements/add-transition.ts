import type { JobStatus } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { storable } from '../storable-text.ts';
import type { LockedJob } from './lock-job.ts';

/** The job's row is locked, so the next number is free. */
export async function addTransition(
  tx: Transaction,
  job: Pick<LockedJob, 'id' | 'tenantId' | 'now'>,
  status: JobStatus,
  message: string | null,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO job_transitions (job_id, seq, tenant_id, status, at, message)
    SELECT ${job.id}, coalesce(max(seq), 0) + 1, ${job.tenantId}, ${status}::job_status, ${job.now}::timestamptz,
      ${message === null ? null : storable(message)}
    FROM job_transitions WHERE job_id = ${job.id}`;
}
