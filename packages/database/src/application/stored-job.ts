/** Job rows as the API shows them. */
import {
  type ErrorCode,
  isRetryable,
  type JobRequest,
  type Phase,
  type ResolvedSpec,
} from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import type { Job, JobTransition } from '../generated/client.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';
import type { StoredJob } from '../surface/records.ts';
import { jobTimings } from './job-timings.ts';

export type JobRow = Job & { transitions: JobTransition[] };

export const withTransitions = { transitions: { orderBy: { seq: 'asc' } } } as const;

/** One job with its place in the queue. @param now Postgres's time, up to which open periods count */
export async function toPlacedJob(tx: Transaction, row: JobRow, now: Date): Promise<StoredJob> {
  if (row.status !== 'queued') return toStoredJob(row, now);
  const [place] = await tx.$queryRaw<[{ position: number | null }]>`
    SELECT spikefit_queue_position(${row.id}) AS position`;
  return toStoredJob(row, now, place.position);
}

/** Without a place, as in lists: it costs a count of all jobs ahead. */
export function toStoredJob(row: JobRow, now: Date, position: number | null = null): StoredJob {
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    phase: row.phase as Phase | null,
    attempt: row.attempt,
    interruptions: row.interruptions,
    priority: row.priority,
    seed: row.seed,
    spec: {
      requested: row.requested as unknown as JobRequest,
      resolved: row.resolved as unknown as ResolvedSpec,
    },
    model: { architecture: row.architecture, sha256: row.modelSha256 },
    dataset: { id: row.datasetId },
    target: { id: row.targetId, version: row.targetVersion },
    progress: {
      fraction: row.progressFraction,
      etaSeconds: row.progressEtaSeconds,
      updatedAt: isoTimeOrNull(row.progressUpdatedAt),
    },
    queue: position === null ? null : { position },
    statusMessage: row.statusMessage,
    error: toJobError(row),
    timings: jobTimings(row.transitions, now),
    statusTransitions: row.transitions.map(({ status, at, message }) => ({
      status,
      at: isoTime(at),
      message,
    })),
    sweep: row.sweepId === null ? null : { id: row.sweepId, cell: row.cell ?? 0 },
    metadata: row.metadata as Record<string, string>,
    createdAt: isoTime(row.createdAt),
    startedAt: isoTimeOrNull(row.startedAt),
    endedAt: isoTimeOrNull(row.endedAt),
  };
}

function toJobError(row: Job): StoredJob['error'] {
  if (row.errorCode === null) return null;
  const code = row.errorCode as ErrorCode;
  return { code, detail: row.errorDetail ?? '', retryable: isRetryable(code) };
}
