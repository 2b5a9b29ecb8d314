import type { Readable } from 'node:stream';

/** A file, or its bytes. */
export type ObjectSource = { path: string } | Uint8Array;

export interface ObjectInfo {
  key: string;
  bytes: number;
  modifiedAt: Date;
}

/**
 * Immutable objects under keys such as `jobs/job_…/e3/state.safetensors` (segments of `[A-Za-z0-9._-]`, joined by `/`,
 * at most 512 characters; `.` and `..` are no segments). An object appears whole or not at all.
 *
 * Every method throws CodedError `service.unavailable` when the store cannot be reached or is out of order for now, and
 * `internal.error` when it refuses for good, as with wrong credentials.
 */
export interface ObjectStore extends AsyncDisposable {
  /**
   * Writing the same content again is fine.
   * @param options.sha256 hex; what arrives must match it
   * @throws CodedError `object.exists` (other content), `object.corrupt` (the source differs from sha256),
   *   `storage.full`
   */
  put(key: string, source: ObjectSource, options: { sha256: string }): Promise<{ bytes: number }>;
  /** @throws CodedError `object.not-found` */
  get(key: string): Promise<Readable>;
  /**
   * The file appears under `path` only when it is whole and its checksum matches.
   * @throws CodedError `object.not-found`, `object.corrupt`, `storage.full`
   */
  getToFile(key: string, path: string, sha256: string): Promise<void>;
  /** @returns null when there is none */
  stat(key: string): Promise<(ObjectInfo & { sha256: string }) | null>;
  /** Deleting what is not there is fine. */
  delete(key: string): Promise<void>;
  /** All objects whose key starts with `prefix`, in order of the key. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Whether the store answers now. @throws CodedError `service.unavailable` */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** For `s3:` alone; a service passes its configuration as it is. */
export interface ObjectStoreOptions {
  /** Null or left out: the AWS SDK's own chain (AWS_* variables, profiles, instance roles). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Of temporary credentials. */
    readonly sessionToken?: string | null;
  } | null;
  /** Unless the URL names one. Null or left out: the SDK's own chain, or us-east-1 where the URL has an endpoint. */
  readonly region?: string | null;
}
