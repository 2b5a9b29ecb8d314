import { Type } from 'typebox';
import { isTerminal, type JobStatus, jobStatuses } from './job-status.ts';

export const sweepStatuses = ['queued', 'running', 'canceling', 'canceled', 'succeeded', 'failed'] as const;
export type SweepStatus = (typeof sweepStatuses)[number];
export const SweepStatus = Type.Enum([...sweepStatuses]);

/** How many of a sweep's cells have a job in each status. */
export type SweepCounts = Record<JobStatus, number>;

/**
 * A sweep has no status of its own: it is what its jobs make of it. Unfinished, it is `queued` until the first job has
 * run, and `canceling` when all that is left is being canceled; finished, it has `failed` when any job has, else it is
 * `canceled` when any job is, else it has `succeeded`.
 */
export function sweepStatusOf(counts: SweepCounts): SweepStatus {
  const total = (statuses: readonly JobStatus[]) => statuses.reduce((sum, status) => sum + counts[status], 0);
  const unfinished = total(jobStatuses.filter((status) => !isTerminal(status)));
  if (unfinished > 0) {
    if (unfinished === counts.canceling) return 'canceling';
    return total(['queued', 'paused']) === total(jobStatuses) ? 'queued' : 'running';
  }
  if (counts.failed > 0) return 'failed';
  return counts.canceled > 0 ? 'canceled' : 'succeeded';
}
