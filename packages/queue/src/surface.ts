/** The queue is a wake-up, not the truth: whatever is lost here is put back by the reconciler from Postgres. */

export interface QueueEntry {
  jobId: string;
  tenantId: string;
  /** Grows each time the job is queued again; part of the entry's id. */
  enqueueSeq: number;
  /** 0–100, higher first. */
  priority: number;
}

export interface QueueOptions {
  redisUrl: string;
  /** Of all Redis keys, default `spikefit`: separates services (and tests) on one Redis. */
  prefix?: string;
}

/** Commands fail at once (`service.unavailable`) while Redis is away; nothing is kept to be sent later. */
export interface Producer extends AsyncDisposable {
  /** @throws CodedError `service.unavailable` */
  ping(): Promise<void>;
  /** Idempotent per (jobId, enqueueSeq). */
  enqueueAll(entries: readonly QueueEntry[]): Promise<void>;
  /** Those of the entries that neither wait nor are worked on, in one round trip. */
  missing<T extends { jobId: string; enqueueSeq: number }>(entries: readonly T[]): Promise<T[]>;
  /**
   * Entries that wait and that nobody works on, next one first.
   * @param offset how many to pass over, default none; whoever pages must not count those that are gone meanwhile
   */
  waiting(limit: number, offset?: number): Promise<QueueEntry[]>;
  /** Takes a waiting entry out; one that is being worked on stays. */
  remove(jobId: string, enqueueSeq: number): Promise<void>;
  /** How long the oldest waiting entry has waited; null when none waits. Watch this, not whether consumers look alive. */
  oldestWaitingAgeMs(): Promise<number | null>;
  close(): Promise<void>;
}

export interface EntryContext {
  /**
   * Keeps the entry from being handed to another consumer for `lockSeconds` more. Nothing else renews it.
   * @returns false when Redis is away or has lost the entry: go on, the lease in Postgres decides
   */
  extendLock(): Promise<boolean>;
  /** Aborted when the consumer is closing: bring the work to a resumable point. */
  signal: AbortSignal;
}

export interface ConsumerOptions extends QueueOptions {
  /** Entries worked on at once. */
  concurrency: number;
  /** Default 30. */
  lockSeconds?: number;
  /** Resolve or reject, the entry is gone either way. Rejections go to `onError`. */
  onEntry: (
    entry: { jobId: string; tenantId: string; enqueueSeq: number },
    context: EntryContext,
  ) => Promise<void>;
  /** Lost connections and rejected entries. The consumer goes on by itself. */
  onError?: (error: unknown) => void;
}

export interface Consumer extends AsyncDisposable {
  /** Takes no new entries, aborts `signal`, waits for the handlers. */
  close(): Promise<void>;
}
