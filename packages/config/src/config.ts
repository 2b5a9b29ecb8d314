import type { ComputeBackend, ComputeDevice } from '@spikefit/contracts';

/** Every duration is in seconds, as its variable; every object is frozen. */
export interface CommonConfig {
  /** Postgres, with the role of this service. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Prefix of every Redis key, so that several installations can share one server. */
  readonly queuePrefix: string;
  readonly objectStore: ObjectStoreConfig;
  readonly log: { readonly level: LogLevel };
  /** Port of /metrics and /healthz of services without an API of their own; null: not served. */
  readonly metricsPort: number | null;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ObjectStoreConfig {
  /** `file:/directory` or `s3://bucket/prefix?endpoint=…`. */
  readonly url: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string | null;
  } | null;
  /** Null: whatever the AWS SDK finds by itself. */
  readonly region: string | null;
}

export interface WebhookPolicy {
  /** Loopback and private addresses may be called: only for receivers of the operator's own. */
  readonly allowPrivateAddresses: boolean;
  readonly allowHttp: boolean;
}

export interface ApiConfig extends CommonConfig {
  readonly service: 'api';
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash; the base of every URL that the API hands out. */
  readonly publicUrl: string;
  /** 32 bytes; encrypts webhook secrets. */
  readonly secretKey: Buffer;
  readonly webhooks: WebhookPolicy;
  readonly maxBodyBytes: number;
}

export interface WorkerConfig extends CommonConfig {
  readonly service: 'worker';
  readonly compute: {
    readonly backend: ComputeBackend;
    /** Where `tensorflow` and `webgpu` compute. */
    readonly device: ComputeDevice;
    readonly threads: number;
    /** Instruction set to use at most; null: the best that the processor has. */
    readonly isa: InstructionSet | null;
  };
  /** Folder for data sets; shared with other processes. */
  readonly dataCache: string;
  /** A folder of data sets of the user's own; it is only read. */
  readonly dataDirectory: string | null;
  /** Folder under which each attempt gets one of its own, removed afterwards. */
  readonly scratch: string;
  readonly leaseSeconds: number;
  readonly heartbeatSeconds: number;
  /** A checkpoint is written after each epoch and at least this often. */
  readonly checkpointSeconds: number;
  /** Jobs of a tenant that are equal until the end of `pretrain` train their dense network once. */
  readonly sharesPretraining: boolean;
  /** How long a stopping worker waits for its trainer's last checkpoint. */
  readonly shutdownSeconds: number;
  /** The whole environment of trainer processes: no credentials, no address of any service. */
  readonly trainerEnvironment: Readonly<Record<string, string>>;
}

export const instructionSets = ['baseline', 'avx2', 'avx512'] as const;
export type InstructionSet = (typeof instructionSets)[number];

export interface NotifierConfig extends CommonConfig {
  readonly service: 'notifier';
  readonly secretKey: Buffer;
  readonly publicUrl: string;
  readonly webhooks: WebhookPolicy;
  readonly reconcileSeconds: number;
  /** How long a canceled job's worker may keep silent before the cancel is forced. */
  readonly leaseSeconds: number;
}

/** Migrations, tenants, first keys, secrets. */
export interface AdminConfig {
  readonly service: 'admin';
  readonly ownerDatabaseUrl: string;
  readonly secretKey: Buffer;
  readonly log: { readonly level: LogLevel };
}

/** Roles, database and migrations, before there is an owner to do anything as. */
export interface PrepareConfig {
  readonly service: 'prepare';
  /** Of a role that may create roles and databases. */
  readonly adminDatabaseUrl: string;
  /** Name of the database. */
  readonly database: string;
  /** Appended to the names of the three roles; empty unless several installations share the server. */
  readonly roleSuffix: string;
  readonly passwords: { readonly owner: string; readonly application: string; readonly notifier: string };
}

export interface ConfigByService {
  api: ApiConfig;
  worker: WorkerConfig;
  notifier: NotifierConfig;
  admin: AdminConfig;
  prepare: PrepareConfig;
}
export type ServiceName = keyof ConfigByService;
