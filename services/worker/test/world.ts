/** A worker's surroundings, all real: Postgres, Redis, a folder of objects. Only the trainer is scripted. */
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@spikefit/config';
import type { Clock, Event, JobRequest } from '@spikefit/contracts';
import { connectApplication, connectNotifier, connectOwner } from '@spikefit/database';
import { findTarget, listTargets } from '@spikefit/hardware';
import { createProducer } from '@spikefit/queue';
import { resolveJobRequest } from '@spikefit/specification';
import { createLogger, createRegistry, createWorkerMetrics } from '@spikefit/telemetry';
import { type ThrowAwayDatabase, type ThrowAwayRedis, until } from '@spikefit/testkit';
import { startWorker } from '../src/worker.ts';
import { withDatabase } from './with-database.ts';

const scriptedTrainer = fileURLToPath(new URL('./scripted-trainer.mjs', import.meta.url));

export type Step = { readonly do: string } & Readonly<Record<string, unknown>>;

const request: JobRequest = {
  model: { architecture: '8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
  dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 50 },
  target: { id: 'generic-4-level' },
};

export type World = Awaited<ReturnType<typeof openWorld>>;

export async function openWorld(database: ThrowAwayDatabase, redis: ThrowAwayRedis) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-worker-test-'));
  const owner = connectOwner({ url: database.ownerUrl });
  const application = connectApplication({ url: database.applicationUrl });
  const notifier = connectNotifier({ url: database.notifierUrl });
  const queue = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
  const tenant = await owner.createTenant({ name: 'test', encryptedWebhookSecret: Buffer.from('secret') });
  const tenantId = tenant.id;
  const scriptFolder = path.join(folder, 'script');
  await mkdir(scriptFolder);
  const environment = {
    DATABASE_URL: database.applicationUrl,
    REDIS_URL: redis.url,
    SPIKEFIT_QUEUE_PREFIX: redis.prefix,
    SPIKEFIT_OBJECT_STORE: `file:${path.join(folder, 'objects')}`,
    SPIKEFIT_SCRATCH: path.join(folder, 'scratch'),
    SPIKEFIT_LOG_LEVEL: 'silent',
    PATH: '/usr/bin:/bin',
  };

  return {
    folder,
    application,
    notifier,
    queue,
    tenantId,
    scratch: path.join(folder, 'scratch'),
    objects: path.join(folder, 'objects'),

    /** What trainers that start from now on do. */
    script: (...steps: Step[]) => writeFile(path.join(scriptFolder, 'script.json'), JSON.stringify(steps)),
    /** What a trainer noted; waits for it. */
    noted: async (name: string): Promise<{ pid: number; resumed: string | null; scratch: string }> => {
      const file = path.join(scriptFolder, name);
      await until(() =>
        access(file).then(
          () => true,
          () => false,
        ),
      );
      return untilParsed(file);
    },
    /** Lets a trainer go on that waits for this. */
    signal: (name: string) => writeFile(path.join(scriptFolder, name), ''),

    startWorker: (
      clock: Clock,
      changes: Record<string, string> = {},
      ensureDataset?: () => Promise<string>,
    ) => {
      const config = loadConfig('worker', { ...environment, ...changes });
      return startWorker({
        config,
        clock,
        logger: createLogger({ service: 'worker', level: config.log.level }),
        metrics: createWorkerMetrics(createRegistry('worker')),
        trainerPath: scriptedTrainer,
        ensureDataset: ensureDataset ?? (async () => scriptFolder),
      });
    },

    createJob: async (changes: Partial<JobRequest> = {}): Promise<string> => {
      const requested = { ...request, ...changes };
      const targetIds = listTargets().map(({ id }) => id);
      const outcome = await application.jobs.create({
        tenantId,
        name: null,
        requested,
        resolved: resolveJobRequest(requested, { targets: findTarget, targetIds }),
        priority: 0,
        metadata: {},
        modelSha256: 'b'.repeat(64),
      });
      if (outcome.kind !== 'created') throw new Error(outcome.kind);
      return outcome.job.id;
    },
    /** What the notifier does with due rows of the outbox. */
    relay: () => notifier.outbox.take(100, (entries) => queue.enqueueAll(entries)),

    job: async (jobId: string) => {
      const job = await application.jobs.get({ tenantId, jobId });
      if (job === null) throw new Error(`there is no ${jobId}`);
      return job;
    },
    /** Waits until the job has the status. */
    untilStatus: (jobId: string, status: string) =>
      until(async () => (await application.jobs.get({ tenantId, jobId }))?.status === status),
    events: async (jobId: string): Promise<Event[]> => {
      const page = await application.events.page({ tenantId, jobId, afterSeq: 0, limit: 1000 });
      return page?.events ?? [];
    },
    checkpoints: async (jobId: string) =>
      (await application.checkpoints.list({ tenantId, jobId, limit: 200 }))?.data ?? [],
    /** With its codebooks and masks. */
    checkpoint: (jobId: string, checkpointId: string) =>
      application.checkpoints.get({ tenantId, jobId, checkpointId }),
    artifacts: (jobId: string) => application.artifacts.list({ tenantId, jobId }),
    cancel: (jobId: string) => application.jobs.requestCancel({ tenantId, jobId }),
    /** Lets the lease run out on Postgres's clock, and the reconciler take the job back. */
    expireLease: async (jobId: string) => {
      await withDatabase(database.adminUrl, (client) =>
        client.query(`UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1`, [jobId]),
      );
      return notifier.reconciler.expireLeases(10);
    },

    /** Ends every connection to the database, as a restart of Postgres would. */
    breakConnections: () =>
      withDatabase(database.adminUrl, (client) =>
        client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
        ),
      ),

    [Symbol.asyncDispose]: async () => {
      await Promise.all([owner.close(), application.close(), notifier.close(), queue.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A file that another process is just writing. */
async function untilParsed<T>(file: string): Promise<T> {
  for (;;) {
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}
