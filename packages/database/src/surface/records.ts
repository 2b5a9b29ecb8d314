import type {
  ApiKey,
  Artifact,
  EventType,
  Job,
  JobRequest,
  JobStatus,
  ResolvedSpec,
  Scope,
  WebhookDelivery,
} from '@spikefit/contracts';

/** A job as stored: everything but the URLs, which only the API knows. */
export type StoredJob = Omit<Job, 'urls' | 'spec'> & {
  spec: { requested: JobRequest; resolved: ResolvedSpec };
};

/** An artifact as stored: its place in the object store instead of its URL. */
export type StoredArtifact = Omit<Artifact, 'url'> & { objectKey: string };

export type StoredDelivery = WebhookDelivery;
export type StoredApiKey = ApiKey;

/** Who a key belongs to. `expired` is judged on Postgres's clock; revoked and unknown keys are not returned at all. */
export interface AuthenticatedKey {
  tenantId: string;
  keyId: string;
  scopes: Scope[];
  expiresAt: string | null;
  expired: boolean;
}

/** An inline webhook of a job; becomes a hidden endpoint row. */
export interface NewWebhook {
  url: string;
  /** Encrypted by the caller; null: the tenant's default secret signs. */
  encryptedSecret: Uint8Array | null;
  events: readonly EventType[];
}

/** What was answered to the first request with an Idempotency-Key. `body` is JSON. */
export interface IdempotentAnswer {
  statusCode: number;
  body: unknown;
}

export interface IdempotencyKey {
  /** For example `POST /v1/jobs`. */
  route: string;
  key: string;
  /** sha256 (hex) of the canonical JSON of the request body, without secrets. */
  bodyHash: string;
}

export interface IdempotencyClaim<Stored = StoredJob> extends IdempotencyKey {
  /** Makes the answer to store, in the transaction that creates the job or the sweep. */
  answer: (stored: Stored) => IdempotentAnswer;
}

export interface NewJob {
  tenantId: string;
  name: string | null;
  /** As sent. `webhook.secret` is dropped before anything is stored. */
  requested: JobRequest;
  resolved: ResolvedSpec;
  /** 0–100, higher first. */
  priority: number;
  metadata: Record<string, string>;
  /** Of the canonical model part of the resolved spec, hex. */
  modelSha256: string;
  webhook?: NewWebhook | undefined;
  idempotency?: IdempotencyClaim | undefined;
}

export type CreateJobOutcome =
  | { kind: 'created'; job: StoredJob }
  /** Same key, same body: nothing was written. */
  | { kind: 'replayed'; answer: IdempotentAnswer };

export interface PageRequest {
  /** 1…200. */
  limit: number;
  /** `nextCursor` of the page before. */
  after?: string | undefined;
}

export interface JobsQuery extends PageRequest {
  tenantId: string;
  statuses?: readonly JobStatus[] | undefined;
  /** Every run of its cells. */
  sweepId?: string | undefined;
}
