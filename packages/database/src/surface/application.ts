/** What the API does in the database. Every method but `authenticate` works within one tenant. */
import type {
  Checkpoint,
  CheckpointSummary,
  Event,
  JobStatus,
  Page,
  Report,
  Scope,
} from '@spikefit/contracts';
import type { AttemptRepository } from './attempts.ts';
import type {
  AuthenticatedKey,
  CreateJobOutcome,
  IdempotencyKey,
  IdempotentAnswer,
  JobsQuery,
  NewJob,
  PageRequest,
  StoredApiKey,
  StoredArtifact,
  StoredDelivery,
  StoredJob,
} from './records.ts';
import type { SweepRepository } from './sweeps.ts';

export interface AuthenticationRepository {
  /**
   * @param keyHash `hashApiKey(key)`
   * @returns null for an unknown or revoked key; look at `expired` for the rest
   */
  authenticate(keyHash: string): Promise<AuthenticatedKey | null>;
  /** Notes that the key was used; writes at most once a minute per key. */
  touch(key: { tenantId: string; keyId: string }): Promise<void>;
}

export interface NewApiKey {
  tenantId: string;
  name: string;
  scopes: readonly Scope[];
  /** RFC 3339 or null for never. */
  expiresAt: string | null;
}

export interface ApiKeyRepository {
  /** `secret` (`sk_…`) exists only in this answer; its hash alone is stored. */
  create(key: NewApiKey): Promise<{ apiKey: StoredApiKey; secret: string }>;
  /** Newest first. */
  list(query: { tenantId: string } & PageRequest): Promise<Page<StoredApiKey>>;
  /** Idempotent. @returns null when the tenant has no such key */
  revoke(key: { tenantId: string; keyId: string }): Promise<StoredApiKey | null>;
}

export interface JobRepository {
  /**
   * One transaction: job, first transition, `job.created` event, outbox row, hidden webhook endpoint, idempotency row.
   * @throws CodedError `idempotency.in-progress`, `idempotency.body-differs`, `request.invalid` (text that Postgres
   *   cannot hold, with pointers)
   */
  create(job: NewJob): Promise<CreateJobOutcome>;
  /**
   * What was answered to the first request with the key, to be looked up before a request is judged: it may have been
   * judged by other rules. Null: nothing yet; `create` decides then.
   * @throws CodedError `idempotency.body-differs`
   */
  storedAnswer(key: { tenantId: string } & IdempotencyKey): Promise<IdempotentAnswer | null>;
  get(job: { tenantId: string; jobId: string }): Promise<StoredJob | null>;
  /**
   * Newest first.
   * @throws CodedError `request.cursor-invalid`
   */
  list(query: JobsQuery): Promise<Page<StoredJob>>;
  /**
   * queued → canceled at once; running → canceling (the worker's next heartbeat hears of it); canceling and canceled stay.
   * @returns the job afterwards, null when the tenant has no such job
   * @throws CodedError `job.not-cancelable` when it has ended otherwise
   */
  requestCancel(job: { tenantId: string; jobId: string }): Promise<StoredJob | null>;
}

export interface EventRepository {
  /** The newest `seq` of each of these jobs of any tenants, in one read; jobs that are not there are left out. */
  newestSeqs(jobIds: readonly string[]): Promise<Map<string, number>>;
  /** Events with `seq > afterSeq` in order. @returns null when the tenant has no such job */
  page(query: {
    tenantId: string;
    jobId: string;
    afterSeq: number;
    limit: number;
  }): Promise<{ events: Event[]; hasMore: boolean; jobStatus: JobStatus } | null>;
}

export interface CheckpointRepository {
  /** In order of `seq`, without codebooks and masks. @returns null when the tenant has no such job */
  list(query: { tenantId: string; jobId: string } & PageRequest): Promise<Page<CheckpointSummary> | null>;
  get(checkpoint: { tenantId: string; jobId: string; checkpointId: string }): Promise<Checkpoint | null>;
}

export interface ArtifactRepository {
  /** @returns null when the tenant has no such job */
  list(job: { tenantId: string; jobId: string }): Promise<StoredArtifact[] | null>;
  get(artifact: { tenantId: string; jobId: string; artifactId: string }): Promise<StoredArtifact | null>;
}

export interface ReportRepository {
  /** @returns null when the tenant has no such job; `report: null` while it has not succeeded */
  get(job: {
    tenantId: string;
    jobId: string;
  }): Promise<{ report: Report | null; jobStatus: JobStatus } | null>;
}

export interface WebhookDeliveryRepository {
  /** Newest first, each with its attempts. @returns null when the tenant has no such job */
  list(query: { tenantId: string; jobId: string } & PageRequest): Promise<Page<StoredDelivery> | null>;
}

/** A new event somewhere, as heard over LISTEN. May be missed during an outage: also read now and then. */
export interface EventNotice {
  jobId: string;
  seq: number;
}

export interface ListenOptions {
  onError?: (error: unknown) => void;
  /** After a lost connection came back: notices may have been missed meanwhile. */
  onReconnect?: () => void;
}

/** Role spikefit_application: API and worker. Row-level security is the second wall behind the tenant arguments. */
export interface ApplicationDatabase extends AsyncDisposable {
  /** @throws CodedError `service.unavailable` */
  ping(): Promise<void>;
  readonly authentication: AuthenticationRepository;
  readonly apiKeys: ApiKeyRepository;
  readonly jobs: JobRepository;
  readonly events: EventRepository;
  readonly checkpoints: CheckpointRepository;
  readonly artifacts: ArtifactRepository;
  readonly reports: ReportRepository;
  readonly webhookDeliveries: WebhookDeliveryRepository;
  readonly sweeps: SweepRepository;
  readonly attempts: AttemptRepository;
  /** LISTEN on a connection of its own, which is opened again when it breaks. Dispose to stop. */
  listenEvents(callback: (notice: EventNotice) => void, options?: ListenOptions): Promise<AsyncDisposable>;
  close(): Promise<void>;
}
