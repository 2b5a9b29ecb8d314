/** A notifier's surroundings, all real: Postgres, Redis, a folder of objects, an HTTP receiver. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encryptSecret, loadConfig } from '@spikefit/config';
import type { Clock, EventType, JobRequest } from '@spikefit/contracts';
import { connectApplication, connectNotifier, connectOwner, type NewJob } from '@spikefit/database';
import { findTarget, listTargets } from '@spikefit/hardware';
import { openObjectStore } from '@spikefit/object-store';
import { createProducer } from '@spikefit/queue';
import { resolveJobRequest } from '@spikefit/specification';
import { createLogger, createNotifierMetrics, createRegistry } from '@spikefit/telemetry';
import type { ThrowAwayDatabase, ThrowAwayRedis } from '@spikefit/testkit';
import { startNotifier } from '../src/notifier.ts';
import { withDatabase } from './with-database.ts';

export { until } from '@spikefit/testkit';

const pin = { backend: 'cpu', isa: 'none', precision: 'fp32', kernelRevision: 1, formatVersion: 1 };
const requested: JobRequest = {
  model: { architecture: '8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
  dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 50 },
  target: { id: 'generic-4-level' },
};

export const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

export type World = Awaited<ReturnType<typeof openWorld>>;

export async function openWorld(database: ThrowAwayDatabase, redis: Pick<ThrowAwayRedis, 'url' | 'prefix'>) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-notifier-test-'));
  const secretKey = randomBytes(32);
  const tenantSecret = newSecret();
  const owner = connectOwner({ url: database.ownerUrl });
  const application = connectApplication({ url: database.applicationUrl });
  const notifier = connectNotifier({ url: database.notifierUrl });
  const queue = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const objectStore = openObjectStore(`file:${path.join(folder, 'objects')}`);
  const { id: tenantId } = await owner.createTenant({
    name: 'test',
    encryptedWebhookSecret: encryptSecret(tenantSecret, secretKey),
  });
  const environment = {
    SPIKEFIT_NOTIFIER_DATABASE_URL: database.notifierUrl,
    REDIS_URL: redis.url,
    SPIKEFIT_QUEUE_PREFIX: redis.prefix,
    SPIKEFIT_OBJECT_STORE: `file:${path.join(folder, 'objects')}`,
    SPIKEFIT_SECRET_KEY: secretKey.toString('base64'),
    SPIKEFIT_PUBLIC_URL: 'https://spikefit.example',
    SPIKEFIT_WEBHOOK_ALLOW_PRIVATE: 'true',
    SPIKEFIT_WEBHOOK_ALLOW_HTTP: 'true',
    SPIKEFIT_LOG_LEVEL: 'silent',
  };

  return {
    tenantId,
    tenantSecret,
    secretKey,
    owner,
    application,
    notifier,
    queue,
    objectStore,
    objects: path.join(folder, 'objects'),

    startNotifier: async (clock: Clock, changes: Record<string, string> = {}) => {
      const config = loadConfig('notifier', { ...environment, ...changes });
      const registry = createRegistry('notifier');
      const started = await startNotifier({
        config,
        clock,
        logger: createLogger({ service: 'notifier', level: config.log.level }),
        metrics: createNotifierMetrics(registry),
      });
      return { ...started, metrics: () => registry.metrics() };
    },

    /** A job with a webhook, or without. */
    createJob: async (
      webhook: { url: string; events?: EventType[]; secret?: string } | null = null,
      changes: Partial<NewJob> = {},
    ): Promise<string> => {
      const targetIds = listTargets().map(({ id }) => id);
      const outcome = await application.jobs.create({
        tenantId,
        name: null,
        requested,
        resolved: resolveJobRequest(requested, { targets: findTarget, targetIds }),
        priority: 0,
        metadata: {},
        modelSha256: 'b'.repeat(64),
        webhook:
          webhook === null
            ? undefined
            : {
                url: webhook.url,
                encryptedSecret:
                  webhook.secret === undefined ? null : encryptSecret(webhook.secret, secretKey),
                events: webhook.events ?? ['job.created'],
              },
        ...changes,
      });
      if (outcome.kind !== 'created') throw new Error(outcome.kind);
      return outcome.job.id;
    },
    claim: async (jobId: string) => {
      const outcome = await application.attempts.claim({
        jobId,
        tenantId,
        owner: 'worker-1',
        leaseSeconds: 30,
        pin,
      });
      if (outcome.kind !== 'claimed') throw new Error(outcome.detail);
      return outcome.claim;
    },
    pin,
    job: async (jobId: string) => {
      const job = await application.jobs.get({ tenantId, jobId });
      if (job === null) throw new Error(`there is no ${jobId}`);
      return job;
    },
    events: async (jobId: string) =>
      (await application.events.page({ tenantId, jobId, afterSeq: 0, limit: 1000 }))?.events ?? [],
    deliveries: async (jobId: string) =>
      (await application.webhookDeliveries.list({ tenantId, jobId, limit: 100 }))?.data ?? [],
    sql: (text: string, values: unknown[] = []) =>
      withDatabase(database.adminUrl, (client) => client.query(text, values)),

    /** Ends every connection to the database, as a restart of Postgres would. */
    breakConnections: () =>
      withDatabase(database.adminUrl, (client) =>
        client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        ),
      ),

    [Symbol.asyncDispose]: async () => {
      await Promise.all([
        owner.close(),
        application.close(),
        notifier.close(),
        queue.close(),
        objectStore.close(),
      ]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
