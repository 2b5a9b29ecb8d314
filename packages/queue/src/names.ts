/** The one queue, and what its entries are called. */
import { CodedError } from '@spikefit/contracts';

export const queueName = 'jobs';
export const defaultPrefix = 'spikefit';

/** What an entry carries. No secrets, and nothing that Postgres does not know better. */
export interface EntryData {
  jobId: string;
  tenantId: string;
}

/** BullMQ allows no ":" in ids. An id that is in the queue already is not added again. */
export const entryId = (jobId: string, enqueueSeq: number): string => `${jobId}-${enqueueSeq}`;

/** Null when the id is none of ours. */
export function parseEntryId(id: string): { jobId: string; enqueueSeq: number } | null {
  const match = /^(?<jobId>\w+)-(?<enqueueSeq>\d{1,10})$/.exec(id);
  const { jobId, enqueueSeq } = match?.groups ?? {};
  return jobId === undefined || enqueueSeq === undefined ? null : { jobId, enqueueSeq: Number(enqueueSeq) };
}

const highestPriority = 100;

/** 0–100, higher first → BullMQ's 1–101, lower first. Its 0 means "before all others" and is never used. */
export function toQueuePriority(priority: number): number {
  if (!Number.isInteger(priority) || priority < 0 || priority > highestPriority) {
    throw new CodedError(
      'internal.error',
      `priority ${priority} is not an integer from 0 to ${highestPriority}`,
    );
  }
  return highestPriority + 1 - priority;
}

export const fromQueuePriority = (priority: number): number => highestPriority + 1 - priority;

/** Every priority that an entry may have, next one first. */
export const queuePriorities: readonly number[] = Array.from(
  { length: highestPriority + 1 },
  (_, index) => index + 1,
);
