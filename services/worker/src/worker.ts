import type { WorkerConfig } from '@spikefit/config';
import type { Clock } from '@spikefit/contracts';
import { connectApplication, newId } from '@spikefit/database';
import { openObjectStore } from '@spikefit/object-store';
import { createConsumer } from '@spikefit/queue';
import type { Logger, WorkerMetrics } from '@spikefit/telemetry';
import { Attempt } from './attempt.ts';
import { pretrainingHash } from './pretraining-hash.ts';
import { probeCompute } from './probe.ts';
import type { Resources } from './resources.ts';
import { retrying } from './retrying.ts';
import { processIsAlive, sweepScratch } from './scratch.ts';

export interface WorkerOptions {
  readonly config: WorkerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly trainerPath: string;
  readonly ensureDataset: (id: string, signal: AbortSignal) => Promise<string>;
}

/** One job at a time: a trainer uses all the threads that it is given. */
const concurrency = 1;
const claimAttempts = 8;

/**
 * Takes entries from the queue, claims their jobs and runs an attempt at each. Disposing it stops taking entries,
 * lets the running trainer save its work and gives the job back.
 * @throws CodedError backend.unavailable, service.unavailable
 */
export async function startWorker(options: WorkerOptions): Promise<AsyncDisposable> {
  const { config, clock, logger, metrics, trainerPath, ensureDataset } = options;
  for (const directory of await sweepScratch(config.scratch, processIsAlive)) {
    logger.info({ directory }, 'removed the scratch folder of a worker that is gone');
  }
  const compute = await probeCompute({ config, clock, logger, trainerPath });
  const objectStore = openObjectStore(config.objectStore.url, config.objectStore);
  const database = connectApplication({
    url: config.databaseUrl,
    maxConnections: 5,
    applicationName: 'spikefit-worker',
  });
  const owner = newId('request').replace(/^req_/, `pid-${process.pid}-`);
  const resources: Resources = {
    config,
    clock,
    logger: logger.child({ owner }),
    metrics,
    database,
    objectStore,
    compute,
    owner,
    trainerPath,
    ensureDataset,
  };
  const consumer = createConsumer({
    redisUrl: config.redisUrl,
    prefix: config.queuePrefix,
    concurrency,
    lockSeconds: config.leaseSeconds,
    onEntry: (entry, context) => onEntry(resources, entry, context),
    onError: (error) => logger.warn({ err: error }, 'the queue has a problem'),
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await consumer.close();
      await objectStore.close();
      await database.close();
    },
  };
}

async function onEntry(
  resources: Resources,
  entry: { jobId: string; tenantId: string },
  context: { extendLock: () => Promise<boolean>; signal: AbortSignal },
): Promise<void> {
  const { clock, compute, config, database, logger, metrics, owner } = resources;
  const { jobId, tenantId } = entry;
  const outcome = await retrying(
    () =>
      database.attempts.claim({
        jobId,
        tenantId,
        owner,
        leaseSeconds: config.leaseSeconds,
        pin: compute.pin,
        ...(config.sharesPretraining ? { pretrainingHash } : {}),
      }),
    { clock, logger, signal: context.signal, attempts: claimAttempts },
  );
  if (outcome.kind === 'declined') {
    metrics.claims.inc({ outcome: outcome.reason });
    logger.info({ jobId, reason: outcome.reason }, `claim declined: ${outcome.detail}`);
    return;
  }
  metrics.claims.inc({ outcome: 'claimed' });
  metrics.running.inc();
  const startedMs = clock.monotonicMs();
  try {
    const ending = await new Attempt(resources, outcome.claim).run(context);
    metrics.attemptsEnded.inc({ outcome: ending.kind });
  } finally {
    metrics.running.dec();
    metrics.attemptSeconds.observe((clock.monotonicMs() - startedMs) / 1000);
  }
}
