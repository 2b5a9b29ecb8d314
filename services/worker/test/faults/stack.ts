/** The whole service as real processes that can be killed and frozen, with short leases, for one test file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { encryptSecret } from '@spikefit/config';
import { connectApplication, connectOwner } from '@spikefit/database';
import { type ManagedProcess, startProcess } from '@spikefit/local-services';
import { throwAwayDatabase, throwAwayRedisServer } from '@spikefit/testkit';

const services = fileURLToPath(new URL('../../../', import.meta.url));
const entries = {
  api: path.join(services, 'api/dist/server.js'),
  notifier: path.join(services, 'notifier/dist/main.js'),
  worker: path.join(services, 'worker/dist/main.js'),
  'scripted-worker': path.join(services, 'worker/test/faults/scripted-worker.mjs'),
} as const;

/** A worker process, and what it said about its trainers. */
export interface RunningWorker {
  readonly process: ManagedProcess;
  readonly lines: string[];
  /** Of the trainer that was started last; it may have ended. */
  trainerPid(): number | null;
}

export type Stack = Awaited<ReturnType<typeof startStack>>;

export async function startStack(options: { port: number }) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-faults-'));
  const [database, redis] = await Promise.all([throwAwayDatabase(), throwAwayRedisServer()]);
  const owner = connectOwner({ url: database.ownerUrl });
  const application = connectApplication({ url: database.applicationUrl });
  const secretKey = randomBytes(32);
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  const tenant = await owner.createTenant({
    name: 'faults',
    encryptedWebhookSecret: encryptSecret(webhookSecret, secretKey),
  });
  const { secret: apiKey } = await owner.createApiKey({
    tenantId: tenant.id,
    name: 'faults',
    scopes: ['jobs:read', 'jobs:write', 'webhooks:read'],
    expiresAt: null,
  });
  const url = `http://127.0.0.1:${options.port}`;
  const common = {
    REDIS_URL: redis.url,
    SPIKEFIT_QUEUE_PREFIX: redis.prefix,
    SPIKEFIT_OBJECT_STORE: `file:${path.join(folder, 'objects')}`,
    SPIKEFIT_SECRET_KEY: secretKey.toString('base64'),
    SPIKEFIT_PUBLIC_URL: url,
    SPIKEFIT_LEASE_SECONDS: '2',
    SPIKEFIT_HEARTBEAT_SECONDS: '0.4',
    SPIKEFIT_RECONCILE_SECONDS: '0.5',
    SPIKEFIT_CHECKPOINT_SECONDS: '0.2',
    // Rounds send the same job again and again, and each is to train all of it.
    SPIKEFIT_SHARE_PRETRAINING: 'false',
    SPIKEFIT_WEBHOOK_ALLOW_PRIVATE: 'true',
    SPIKEFIT_WEBHOOK_ALLOW_HTTP: 'true',
  };
  const running = new Set<ManagedProcess>();
  const start = async (
    name: keyof typeof entries,
    env: Record<string, string>,
    onLine?: (line: string) => void,
  ) => {
    // Not the testkit's: these processes come and go within tests and end with the stack.
    const started = await startProcess({
      name,
      command: process.execPath,
      args: [entries[name]],
      inheritEnvironment: false,
      env: { ...common, ...env },
      readyWhen: name === 'api' ? { http: `${url}/readyz` } : { line: /is ready"/ },
      readyWithinMs: 60_000,
      stopWithinMs: 30_000,
      ...(onLine === undefined ? {} : { onLine }),
    });
    running.add(started);
    void started.exited.then(() => running.delete(started));
    return started;
  };

  return {
    folder,
    url,
    database,
    redis,
    application,
    tenantId: tenant.id,
    apiKey,
    webhookSecret,
    startApi: () =>
      start('api', {
        DATABASE_URL: database.applicationUrl,
        SPIKEFIT_HOST: '127.0.0.1',
        SPIKEFIT_PORT: String(options.port),
      }),
    startNotifier: () => start('notifier', { SPIKEFIT_NOTIFIER_DATABASE_URL: database.notifierUrl }),
    startWorker: async (
      changes: Record<string, string> = {},
      kind: 'worker' | 'scripted-worker' = 'worker',
    ): Promise<RunningWorker> => {
      const lines: string[] = [];
      const process = await start(
        kind,
        { DATABASE_URL: database.applicationUrl, SPIKEFIT_SCRATCH: path.join(folder, 'scratch'), ...changes },
        (line) => lines.push(line),
      );
      const trainerPid = () => {
        const line = lines.findLast((text) => text.includes('"trainer started"'));
        return line === undefined ? null : (JSON.parse(line) as { trainerPid: number }).trainerPid;
      };
      return { process, lines, trainerPid };
    },

    [Symbol.asyncDispose]: async () => {
      await Promise.all([...running].map((one) => one.stop()));
      await Promise.all([owner.close(), application.close()]);
      await database[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
