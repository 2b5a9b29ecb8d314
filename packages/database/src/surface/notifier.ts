/** What the notifier does in the database, over all tenants: outbox relay, webhook deliveries, reconciler. */
import type { Event, JobStatus } from '@spikefit/contracts';
import type { ListenOptions } from './application.ts';
import type { SweepPlotRepository } from './sweeps.ts';

/** A queue entry that is to be added. */
export interface QueueEntry {
  jobId: string;
  tenantId: string;
  /** Grows each time the job is queued again. */
  enqueueSeq: number;
  /** 0–100, higher first. */
  priority: number;
}

export interface OutboxRepository {
  /**
   * Takes due rows, oldest first, hands them to `publish` and deletes them when it resolves; when it rejects, they
   * stay and the rejection is passed on. Rows held by another relay are skipped. At least once: the claim is idempotent.
   * @returns how many rows were published
   */
  take(limit: number, publish: (entries: readonly QueueEntry[]) => Promise<void>): Promise<number>;
}

/** One webhook call to make now; leased, so that no other notifier makes it meanwhile. */
export interface DueDelivery {
  deliveryId: string;
  tenantId: string;
  jobId: string;
  url: string;
  /** As the caller encrypted them. Sign with each: the second is there while a rotated secret overlaps. */
  encryptedSecrets: Uint8Array[];
  event: Event;
  /** 1 for the first attempt; also fences `recordAttempt`. */
  attempt: number;
  createdAt: string;
}

export interface DeliveryAttempt {
  deliveryId: string;
  attempt: number;
  statusCode: number | null;
  error: string | null;
  durationMs: number;
  outcome:
    | { kind: 'delivered' }
    /** Try again this long after now, on Postgres's clock. */
    | { kind: 'retry'; afterMs: number }
    /** Given up. `disableEndpoint` (HTTP 410): nothing more is sent there, its other deliveries fail too. */
    | { kind: 'failed'; disableEndpoint: boolean };
}

export interface DeliveryRepository {
  takeDue(request: { limit: number; leaseSeconds: number }): Promise<DueDelivery[]>;
  /** @returns false when the lease had run out and another notifier took the delivery: nothing was written */
  recordAttempt(attempt: DeliveryAttempt): Promise<boolean>;
}

export interface ReconciledJob {
  jobId: string;
  status: JobStatus;
}

export interface ReconcilerRepository {
  /**
   * Jobs whose lease ran out: running → queued (interrupted, capped as in `interrupt`), canceling → canceled.
   * @returns what was changed
   */
  expireLeases(limit: number): Promise<ReconciledJob[]>;
  /** canceling for longer than `graceSeconds` although its lease lives → canceled; the worker is fenced off. */
  forceCancels(request: { graceSeconds: number; limit: number }): Promise<ReconciledJob[]>;
  /**
   * Queued, due jobs without an outbox row, in queue order after `afterJobId` of the page before: each should have an
   * entry in the queue.
   */
  jobsWaiting(request: { limit: number; afterJobId?: string | undefined }): Promise<QueueEntry[]>;
  /** Those of the queue's waiting entries that belong to a queued job and are its newest; drop the others. */
  knownEntries(
    entries: readonly { jobId: string; enqueueSeq: number }[],
  ): Promise<{ jobId: string; enqueueSeq: number }[]>;
  /** Deletes idempotency rows older than 24 h. @returns how many */
  expireIdempotencyKeys(): Promise<number>;
  /** Forgets pretrained states that no job has started from for 7 days; their objects are garbage then. @returns how many */
  expirePretrainedStates(): Promise<number>;
  /**
   * Gives up the full states that no attempt will ask for: all of jobs that have ended, and all but the newest two of
   * the others. Rows, codebooks and masks stay.
   * @returns the keys of their objects, which are garbage from now on: delete them
   */
  retireStates(limit: number): Promise<string[]>;
  /**
   * Those of `objectKeys` that no checkpoint, no artifact, no sweep and no pretrained state refers to. Objects are written before their row: pass
   * only objects old enough that a row must have followed.
   */
  unreferencedObjects(objectKeys: readonly string[]): Promise<string[]>;
}

/** Role spikefit_notifier: sees all tenants, but only the tables it needs. */
export interface NotifierDatabase extends AsyncDisposable {
  /** @throws CodedError `service.unavailable` */
  ping(): Promise<void>;
  readonly outbox: OutboxRepository;
  readonly deliveries: DeliveryRepository;
  readonly reconciler: ReconcilerRepository;
  readonly sweepPlots: SweepPlotRepository;
  /** Calls back as soon as there is something in the outbox or to deliver. May be missed: also poll. */
  listen(
    callbacks: { onOutbox: () => void; onDelivery: () => void },
    options?: ListenOptions,
  ): Promise<AsyncDisposable>;
  close(): Promise<void>;
}
