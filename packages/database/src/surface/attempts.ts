/** What a worker does in the database: one attempt of a job, fenced by its lease. */
import type {
  CheckpointSummary,
  Codebook,
  ComputePin,
  ErrorCode,
  Event,
  EventType,
  JobStatus,
  Mask,
  Phase,
  Report,
  ResolvedSpec,
} from '@spikefit/contracts';

/** The right to write to a job. Void as soon as another attempt claims it, or the reconciler takes it back. */
export interface Lease {
  readonly jobId: string;
  readonly tenantId: string;
  /** Names the worker process, unique among running workers. */
  readonly owner: string;
  readonly leaseEpoch: number;
  /** Each heartbeat extends the lease to Postgres's now() + this. */
  readonly leaseSeconds: number;
}

export interface ClaimRequest {
  jobId: string;
  tenantId: string;
  owner: string;
  leaseSeconds: number;
  /** What this worker computes with. A job whose latest checkpoint differs is declined. */
  pin: ComputePin;
  /**
   * Of all that the state at the end of `pretrain` depends on, hex sha256: jobs with the same hash train it once. Left
   * out: every job for itself.
   */
  pretrainingHash?: (spec: ResolvedSpec, pin: ComputePin) => string;
}

/** The dense network that a job shares with others. */
export interface Pretraining {
  contentHash: string;
  /** Where to start from; null: this attempt makes it, and others may wait for it. */
  state: { makerJobId: string; objectKey: string; sha256: string } | null;
}

export interface NewPretrainedState {
  contentHash: string;
  /** Already in the object store. */
  objectKey: string;
  sha256: string;
  bytes: number;
}

export interface Claim {
  lease: Lease;
  /** 1 for the first claim. */
  attempt: number;
  name: string | null;
  spec: ResolvedSpec;
  /** Where to go on; null: from the beginning. */
  latestCheckpoint: CheckpointSummary | null;
  /** Null: the job has gone beyond it, or shares nothing. */
  pretraining: Pretraining | null;
  /** Milliseconds that earlier attempts ran, for `limits.maxRuntimeSeconds`. */
  earlierRunningMs: number;
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: Claim }
  /**
   * Nothing to do: drop the queue entry. `pin-differs`: the job waits for another worker; `waits-for-pretraining`: for
   * the dense network that another job is training. Its status says so.
   */
  | {
      kind: 'declined';
      reason: 'not-found' | 'not-queued' | 'not-due' | 'pin-differs' | 'waits-for-pretraining';
      detail: string;
    };

/** What the job's owner wants. `lost`: the lease is gone, stop at once and write nothing. */
export type Directive = 'continue' | 'cancel' | 'pause' | 'lost';

/** Events that come from the trainer; those of the life cycle are written by the transitions themselves. */
export type TrainerEventType = Extract<
  EventType,
  'phase.started' | 'phase.completed' | 'epoch.completed' | 'pruning.stepped'
>;

export interface NewEvent {
  type: EventType;
  data: Record<string, unknown>;
  /** True when the caller knows; also set when an earlier attempt wrote the same (type, phase, epoch, step). */
  replayed: boolean;
}

export interface NewCheckpoint {
  phase: Phase;
  epoch: number;
  step: number;
  metrics: Record<string, number>;
  pin: ComputePin;
  codebooks: readonly Codebook[];
  masks: readonly Mask[];
  /** Of the full state, already in the object store. */
  objectKey: string;
  sha256: string;
  bytes: number;
}

export interface NewArtifact {
  name: string;
  format: string;
  mediaType: string;
  objectKey: string;
  sha256: string;
  bytes: number;
}

/**
 * Every method but `claim` and `heartbeat` throws CodedError `job.lease-lost` when the lease is void, and has then
 * written nothing. Each is one transaction, in which the job's row is locked first.
 */
export interface AttemptRepository {
  /** Takes a queued, due job: leaseEpoch + 1, attempt + 1, `job.started`. Of concurrent claims one wins. */
  claim(request: ClaimRequest): Promise<ClaimOutcome>;
  /** Extends the lease and stores the progress. */
  heartbeat(lease: Lease, progress?: { fraction: number; etaSeconds: number | null }): Promise<Directive>;
  /**
   * In order, gap-free. `phase.started` also sets the job's phase from `data.phase`.
   * @throws CodedError `internal.error` for a type that is not a TrainerEventType
   */
  appendEvents(lease: Lease, events: readonly NewEvent[]): Promise<Event[]>;
  /** Row, codebooks, masks, `checkpoint.saved`. Repeating it with the same objectKey and sha256 changes nothing. */
  saveCheckpoint(lease: Lease, checkpoint: NewCheckpoint): Promise<CheckpointSummary>;
  /** Makes the state that this attempt was to make available, and wakes the jobs that wait for it. Repeating it is fine. */
  savePretrained(lease: Lease, state: NewPretrainedState): Promise<void>;
  /** The object of a shared state is missing or damaged: from now on this attempt makes it. */
  replacePretrained(lease: Lease, state: { contentHash: string; objectKey: string }): Promise<void>;
  /** Report, artifacts, `job.succeeded` and its webhook deliveries. */
  succeed(lease: Lease, result: { report: Report; artifacts: readonly NewArtifact[] }): Promise<void>;
  /** For errors of class `user` and `internal`: no retry. */
  fail(lease: Lease, error: { code: ErrorCode; detail: string }): Promise<void>;
  /**
   * For class `interrupted` and orderly shutdown: back to the queue at once, `interruptions` + 1. After 20 the job
   * fails with `job.interrupted-too-often`; a job that is being canceled becomes canceled.
   * @returns the status afterwards
   */
  interrupt(lease: Lease, reason: { code: ErrorCode | null; detail: string }): Promise<JobStatus>;
  /**
   * For class `transient`: back to the queue with exponential backoff, `failures` + 1. After 5 retries the job fails
   * with `job.retries-exhausted`; a job that is being canceled becomes canceled.
   * @returns the status afterwards
   */
  retryLater(lease: Lease, error: { code: ErrorCode; detail: string }): Promise<JobStatus>;
  /** After `cancel`: the work has stopped. */
  finishCancel(lease: Lease): Promise<void>;
}
