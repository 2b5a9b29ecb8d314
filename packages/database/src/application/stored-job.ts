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

/** @param now Postgres's time, up to which open periods count */
export async function toStoredJobs(
  tx: Transaction,
  rows: readonly JobRow[],
  now: Date,
): Promise<StoredJob[]> {
  const queued = rows.filter((row) => row.status === 'queued').map((row) => row.id);
  const positions = new Map<string, number>();
  if (queued.length > 0) {
    const places = await tx.$queryRaw<{ jobId: string; position: number }[]>`
      SELECT job_id AS "jobId", queue_position AS position FROM spikefit_queue_positions(${queued}::text[])`;
    for (const { jobId, position } of places) positions.set(jobId, position);
  }
  return rows.map((row) => toStoredJob(row, positions.get(row.id) ?? null, now));
}

function toStoredJob(row: JobRow, position: number | null, now: Date): StoredJob {
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
