import type {
  ErrorCode,
  JobRequest,
  JobStatus,
  Page,
  ReportedFigures,
  ResolvedSpec,
  SweepAxis,
  SweepSummary,
} from '@spikefit/contracts';
import type {
  IdempotencyClaim,
  IdempotencyKey,
  IdempotentAnswer,
  NewWebhook,
  PageRequest,
} from './records.ts';

/** A sweep as stored: everything but the URLs and the jobs. */
export type StoredSweep = Omit<SweepSummary, 'urls'> & {
  base: Record<string, unknown>;
  axes: SweepAxis[];
  plot: { objectKey: string; sha256: string; bytes: number } | null;
};

/** The newest job of one cell. */
export interface StoredCell {
  cell: number;
  /** From 1. */
  run: number;
  jobId: string;
  status: JobStatus;
  seed: number;
  progress: number;
  errorCode: ErrorCode | null;
}

export type StoredResult = StoredCell & { reported: ReportedFigures | null };

export interface NewSweepJob {
  name: string | null;
  requested: JobRequest;
  resolved: ResolvedSpec;
  modelSha256: string;
}

export interface NewSweep {
  tenantId: string;
  name: string | null;
  base: Record<string, unknown>;
  axes: readonly SweepAxis[];
  priority: number;
  metadata: Record<string, string>;
  webhook?: NewWebhook | undefined;
  /** In order of the cells. */
  jobs: readonly NewSweepJob[];
  idempotency?: IdempotencyClaim<StoredSweep> | undefined;
}

export type CreateSweepOutcome =
  | { kind: 'created'; sweep: StoredSweep }
  /** Same key, same body: nothing was written. */
  | { kind: 'replayed'; answer: IdempotentAnswer };

interface SweepKey {
  tenantId: string;
  sweepId: string;
}

export interface SweepRepository {
  /**
   * One transaction: the sweep, and for each cell a job with its transition, event and outbox row.
   * @throws CodedError `idempotency.in-progress`, `idempotency.body-differs`, `request.invalid` (text that Postgres
   *   cannot hold, with pointers)
   */
  create(sweep: NewSweep): Promise<CreateSweepOutcome>;
  /** As JobRepository.storedAnswer. */
  storedAnswer(key: { tenantId: string } & IdempotencyKey): Promise<IdempotentAnswer | null>;
  /** @returns null when the tenant has no such sweep; cells in order */
  get(sweep: SweepKey): Promise<{ sweep: StoredSweep; cells: StoredCell[] } | null>;
  /** Newest first. @throws CodedError `request.cursor-invalid` */
  list(query: { tenantId: string } & PageRequest): Promise<Page<StoredSweep>>;
  /** As `get`, with the figures of the jobs that have succeeded. */
  results(sweep: SweepKey): Promise<{ sweep: StoredSweep; cells: StoredResult[] } | null>;
  /**
   * Asks to cancel every job that has not ended, a part of them per transaction: asking again goes on where it stopped.
   * @returns null when the tenant has no such sweep
   */
  requestCancel(sweep: SweepKey): Promise<StoredSweep | null>;
  /**
   * A new job, from the beginning, for every cell whose job has failed or was canceled; in one transaction.
   * @returns null when the tenant has no such sweep
   * @throws CodedError `sweep.not-resumable` while jobs are being canceled
   */
  resume(sweep: SweepKey): Promise<StoredSweep | null>;
}

/** What the notifier does for sweeps, over all tenants. */
export interface SweepPlotRepository {
  /** Sweeps whose jobs have all ended and that have no plot yet, oldest first. */
  ended(limit: number): Promise<{ sweep: StoredSweep; cells: StoredResult[] }[]>;
  /** @returns false when the sweep was resumed since: nothing was written */
  keepPlot(plot: {
    sweepId: string;
    resumes: number;
    objectKey: string;
    sha256: string;
    bytes: number;
  }): Promise<boolean>;
}
