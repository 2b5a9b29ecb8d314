import type { EventType } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import type { LockedJob } from '../statements/lock-job.ts';

/** Whether an earlier attempt wrote an event of this type about the same work: same phase, epoch and step. */
export async function happenedBefore(
  tx: Transaction,
  job: LockedJob,
  type: EventType,
  data: Record<string, unknown>,
): Promise<boolean> {
  if (job.attempt <= 1) return false;
  const key = JSON.stringify({ phase: data.phase, epoch: data.epoch, step: data.step });
  const [row] = await tx.$queryRaw<[{ found: boolean }]>`
    SELECT EXISTS (
      SELECT FROM job_events
      WHERE job_id = ${job.id} AND type = ${type} AND attempt < ${job.attempt} AND data @> ${key}::jsonb
    ) AS found`;
  return row.found;
}
