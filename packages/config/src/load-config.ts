import { availableParallelism, homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { computeBackends, computeDevices } from '@spikefit/contracts';
import {
  type AdminConfig,
  type ApiConfig,
  type CommonConfig,
  type ConfigByService,
  instructionSets,
  logLevels,
  type NotifierConfig,
  type ObjectStoreConfig,
  type PrepareConfig,
  type ServiceName,
  type WebhookPolicy,
  type WorkerConfig,
} from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { type Environment, EnvironmentReader } from './environment-reader.ts';
import { readTrainerEnvironment } from './trainer-environment.ts';

const postgres = ['postgres:', 'postgresql:'];
const day = 86_400;
/** What the backend `native` takes. */
const maximumThreads = 256;

/**
 * The configuration of one service from its environment, frozen.
 * @throws CodedError config.invalid that lists every problem with its variable (`errors[].pointer`).
 */
export function loadConfig<S extends ServiceName>(
  service: S,
  environment: Environment = process.env,
): ConfigByService[S] {
  const reader = new EnvironmentReader(environment);
  const config = readers[service](reader);
  reader.finish();
  return deepFreeze(config);
}

const readers: { [S in ServiceName]: (reader: EnvironmentReader) => ConfigByService[S] } = {
  api: readApi,
  worker: readWorker,
  notifier: readNotifier,
  admin: readAdmin,
  prepare: readPrepare,
};

function readApi(reader: EnvironmentReader): ApiConfig {
  const host = reader.optional('SPIKEFIT_HOST') ?? '127.0.0.1';
  const port = reader.integer('SPIKEFIT_PORT', 8080, { minimum: 0, maximum: 65_535 });
  return {
    service: 'api',
    ...readCommon(reader, 'DATABASE_URL', 'the Postgres to use, with the application role'),
    host,
    port,
    publicUrl: readPublicUrl(reader, host, port),
    secretKey: readSecretKey(reader),
    webhooks: readWebhookPolicy(reader),
    maxBodyBytes: reader.integer('SPIKEFIT_MAX_BODY_BYTES', 1_048_576, {
      minimum: 1024,
      maximum: 1_073_741_824,
    }),
  };
}

function readWorker(reader: EnvironmentReader): WorkerConfig {
  const { leaseSeconds, heartbeatSeconds } = readLease(reader);
  const compute = readCompute(reader);
  return {
    service: 'worker',
    ...readCommon(reader, 'DATABASE_URL', 'the Postgres to use, with the application role'),
    compute,
    dataCache: path.resolve(
      reader.optional('SPIKEFIT_DATA_CACHE') ?? path.join(cacheFolder(reader), 'datasets'),
    ),
    dataDirectory: optionalPath(reader.optional('SPIKEFIT_DATA_DIRECTORY')),
    scratch: path.resolve(reader.optional('SPIKEFIT_SCRATCH') ?? path.join(tmpdir(), 'spikefit-scratch')),
    leaseSeconds,
    heartbeatSeconds,
    checkpointSeconds: reader.number('SPIKEFIT_CHECKPOINT_SECONDS', 60, { minimum: 0.05, maximum: day }),
    sharesPretraining: reader.boolean('SPIKEFIT_SHARE_PRETRAINING', true),
    shutdownSeconds: reader.number('SPIKEFIT_SHUTDOWN_SECONDS', 25, { minimum: 0, maximum: 3600 }),
    trainerEnvironment: readTrainerEnvironment(reader, compute),
  };
}

const optionalPath = (name: string | null): string | null => (name === null ? null : path.resolve(name));

function readNotifier(reader: EnvironmentReader): NotifierConfig {
  const host = reader.optional('SPIKEFIT_HOST') ?? '127.0.0.1';
  const port = reader.integer('SPIKEFIT_PORT', 8080, { minimum: 0, maximum: 65_535 });
  return {
    service: 'notifier',
    ...readCommon(reader, 'SPIKEFIT_NOTIFIER_DATABASE_URL', 'the Postgres to use, with the notifier role'),
    secretKey: readSecretKey(reader),
    publicUrl: readPublicUrl(reader, host, port),
    webhooks: readWebhookPolicy(reader),
    reconcileSeconds: reader.number('SPIKEFIT_RECONCILE_SECONDS', 5, { minimum: 0.1, maximum: 3600 }),
    leaseSeconds: readLease(reader).leaseSeconds,
  };
}

function readAdmin(reader: EnvironmentReader): AdminConfig {
  const name = 'SPIKEFIT_OWNER_DATABASE_URL';
  const ownerDatabaseUrl = reader.required(name, 'the Postgres to use, with the owner role');
  reader.url(name, ownerDatabaseUrl, postgres);
  return { service: 'admin', ownerDatabaseUrl, secretKey: readSecretKey(reader), log: readLog(reader) };
}

function readPrepare(reader: EnvironmentReader): PrepareConfig {
  const adminVariable = 'SPIKEFIT_ADMIN_DATABASE_URL';
  const name = reader.optional(adminVariable) === null ? 'DATABASE_URL' : adminVariable;
  const adminDatabaseUrl = reader.optional(name) ?? '';
  if (adminDatabaseUrl === '') {
    reader.problem(
      adminVariable,
      'is not set, nor is DATABASE_URL: the Postgres to use, with a role that may create roles and databases',
    );
  }
  reader.url(name, adminDatabaseUrl, postgres);
  const database = reader.optional('SPIKEFIT_DATABASE') ?? 'spikefit';
  if (Buffer.byteLength(database) > 63) reader.problem('SPIKEFIT_DATABASE', 'is longer than 63 bytes');
  const roleSuffix = reader.optional('SPIKEFIT_ROLE_SUFFIX') ?? '';
  if (!/^[a-z0-9_]{0,40}$/.test(roleSuffix)) {
    reader.problem('SPIKEFIT_ROLE_SUFFIX', 'must be up to 40 of a-z, 0-9 and "_"');
  }
  const password = (role: 'owner' | 'application' | 'notifier') =>
    reader.required(`SPIKEFIT_${role.toUpperCase()}_PASSWORD`, `the password of the role spikefit_${role}`);
  return {
    service: 'prepare',
    adminDatabaseUrl,
    database,
    roleSuffix,
    passwords: {
      owner: password('owner'),
      application: password('application'),
      notifier: password('notifier'),
    },
  };
}

function readCommon(
  reader: EnvironmentReader,
  databaseVariable: string,
  databaseMeaning: string,
): CommonConfig {
  const databaseUrl = reader.required(databaseVariable, databaseMeaning);
  reader.url(databaseVariable, databaseUrl, postgres);
  const redisUrl = reader.required('REDIS_URL', 'the Redis to use, for example redis://127.0.0.1:6379');
  reader.url('REDIS_URL', redisUrl, ['redis:', 'rediss:']);
  const queuePrefix = reader.optional('SPIKEFIT_QUEUE_PREFIX') ?? 'spikefit';
  if (!/^[a-z0-9-]{1,64}$/.test(queuePrefix)) {
    reader.problem('SPIKEFIT_QUEUE_PREFIX', 'must be 1 to 64 of a-z, 0-9 and "-"');
  }
  const metricsPort = reader.integer('SPIKEFIT_METRICS_PORT', -1, { minimum: 0, maximum: 65_535 });
  return {
    databaseUrl,
    redisUrl,
    queuePrefix,
    objectStore: readObjectStore(reader),
    log: readLog(reader),
    metricsPort: metricsPort === -1 ? null : metricsPort,
  };
}

function readLog(reader: EnvironmentReader): CommonConfig['log'] {
  return { level: reader.choice('SPIKEFIT_LOG_LEVEL', logLevels, 'info') };
}

function readObjectStore(reader: EnvironmentReader): ObjectStoreConfig {
  const name = 'SPIKEFIT_OBJECT_STORE';
  const url = reader.required(name, '"file:/directory" or "s3://bucket/prefix?endpoint=https://…"');
  if (url !== '' && !/^(file:.+|s3:\/\/[^/?]+.*)$/.test(url)) {
    reader.problem(name, `must be "file:/directory" or "s3://bucket/prefix", but is "${url}"`);
  }
  const accessKeyId = reader.optional('AWS_ACCESS_KEY_ID');
  const secretAccessKey = reader.optional('AWS_SECRET_ACCESS_KEY');
  const sessionToken = reader.optional('AWS_SESSION_TOKEN');
  if (accessKeyId !== null && secretAccessKey === null) {
    reader.problem('AWS_SECRET_ACCESS_KEY', 'is not set, but AWS_ACCESS_KEY_ID is');
  }
  if (accessKeyId === null && secretAccessKey !== null) {
    reader.problem('AWS_ACCESS_KEY_ID', 'is not set, but AWS_SECRET_ACCESS_KEY is');
  }
  const credentials =
    accessKeyId === null || secretAccessKey === null ? null : { accessKeyId, secretAccessKey, sessionToken };
  return { url, credentials, region: reader.optional('AWS_REGION') };
}

function readPublicUrl(reader: EnvironmentReader, host: string, port: number): string {
  const value =
    reader.optional('SPIKEFIT_PUBLIC_URL') ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  reader.url('SPIKEFIT_PUBLIC_URL', value, ['http:', 'https:']);
  return value.replace(/\/+$/, '');
}

function readSecretKey(reader: EnvironmentReader): Buffer {
  const name = 'SPIKEFIT_SECRET_KEY';
  const text = reader.required(name, '32 bytes in base64, for example from `openssl rand -base64 32`');
  const key = Buffer.from(text, 'base64');
  // The text is compared again because Buffer.from skips over what is not base64.
  if (
    text !== '' &&
    (key.length !== 32 || key.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
  ) {
    reader.problem(name, 'must be 32 bytes in base64, for example from `openssl rand -base64 32`');
  }
  return key;
}

function readWebhookPolicy(reader: EnvironmentReader): WebhookPolicy {
  return {
    allowPrivateAddresses: reader.boolean('SPIKEFIT_WEBHOOK_ALLOW_PRIVATE', false),
    allowHttp: reader.boolean('SPIKEFIT_WEBHOOK_ALLOW_HTTP', false),
  };
}

function readLease(reader: EnvironmentReader): { leaseSeconds: number; heartbeatSeconds: number } {
  const leaseSeconds = reader.number('SPIKEFIT_LEASE_SECONDS', 30, { minimum: 0.5, maximum: 3600 });
  const heartbeatSeconds = reader.number('SPIKEFIT_HEARTBEAT_SECONDS', 5, { minimum: 0.1, maximum: 1200 });
  if (heartbeatSeconds * 3 > leaseSeconds) {
    reader.problem(
      'SPIKEFIT_HEARTBEAT_SECONDS',
      `must be at most a third of SPIKEFIT_LEASE_SECONDS (${leaseSeconds}), so that one late heartbeat loses nothing`,
    );
  }
  return { leaseSeconds, heartbeatSeconds };
}

function readCompute(reader: EnvironmentReader): WorkerConfig['compute'] {
  const backend = reader.choice('SPIKEFIT_BACKEND', computeBackends, 'auto');
  const device = reader.choice('SPIKEFIT_DEVICE', computeDevices, 'auto');
  if (device === 'gpu' && backend !== 'tensorflow' && backend !== 'webgpu') {
    reader.problem(
      'SPIKEFIT_DEVICE',
      `is gpu, but the backend ${backend} computes on the CPU: set SPIKEFIT_BACKEND to tensorflow or webgpu`,
    );
  }
  const isa =
    reader.optional('SPIKEFIT_ISA') === null
      ? null
      : reader.choice('SPIKEFIT_ISA', instructionSets, 'baseline');
  if (isa !== null && backend !== 'native' && backend !== 'auto') {
    reader.problem(
      'SPIKEFIT_ISA',
      `is of the backend native, and SPIKEFIT_BACKEND is ${backend}: leave one of them out`,
    );
  }
  return {
    backend,
    device,
    threads: reader.integer('SPIKEFIT_THREADS', Math.min(availableParallelism(), maximumThreads), {
      minimum: 1,
      maximum: maximumThreads,
    }),
    isa,
  };
}

function cacheFolder(reader: EnvironmentReader): string {
  return path.join(reader.optional('XDG_CACHE_HOME') ?? path.join(homedir(), '.cache'), 'spikefit');
}
