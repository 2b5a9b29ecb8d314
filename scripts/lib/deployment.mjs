// The whole service on one machine: Postgres, Redis, a folder of objects, API, worker, notifier.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { unprovision } from '@spikefit/database';
import {
  findFreePort,
  startPostgres,
  startProcess,
  startRedis,
  temporaryFolder,
} from '@spikefit/local-services';
import { prepareDatabase } from './administration.mjs';
import { inRoot } from './paths.mjs';
import { SetupError } from './run.mjs';
import { environmentFor } from './service-environment.mjs';
import { step } from './steps.mjs';

/**
 * @typedef {{ secretKey: string, passwords: import('@spikefit/database').RolePasswords }} Secrets  `secretKey` is 32
 *   bytes in base64
 * @typedef {{ url: string, urls: import('@spikefit/database').DatabaseUrls, secrets: Secrets, logs: string,
 *   processes: import('@spikefit/local-services').ManagedProcess[], failure: Promise<Error>, stop: () => Promise<void> }}
 *   Deployment  `failure` resolves when a process ends by itself
 */

/** @returns {Secrets} */
export function newSecrets() {
  // Letters and digits, so that they need no escaping in a URL.
  const newPassword = () => randomBytes(24).toString('hex');
  return {
    secretKey: randomBytes(32).toString('base64'),
    passwords: { owner: newPassword(), application: newPassword(), notifier: newPassword() },
  };
}

/**
 * Starts everything and waits until the API says that it is ready.
 * @param {{ dataDir?: string, secrets?: Secrets, port?: number, environment?: Record<string, string>, workers?: number,
 *   signal?: AbortSignal }} [options] `dataDir` keeps everything there; without it all storage is thrown away.
 *   `environment` is for the services; each of the `workers` runs one job at a time. `signal` gives up starting; afterwards
 *   it has no meaning.
 * @returns {Promise<Deployment>}
 * @throws {SetupError} with a remedy; the reason of `signal`. Nothing is left running.
 */
export async function deploy({
  dataDir,
  secrets = newSecrets(),
  port,
  environment = {},
  workers = 1,
  signal,
} = {}) {
  /** What to undo, in reverse. @type {(() => Promise<void>)[]} */
  const undo = [];
  const stop = async () => {
    while (undo.length > 0) await undo.pop()?.();
  };
  try {
    const throwAway = dataDir === undefined ? await temporaryFolder('service') : undefined;
    if (throwAway) undo.push(throwAway.remove);
    const home = dataDir ?? throwAway?.path ?? '';
    const logs = path.join(home, 'logs');
    const [objects, scratch] = ['objects', 'scratch'].map((name) => path.join(home, name));
    for (const folder of [logs, objects, scratch])
      mkdirSync(String(folder), { recursive: true, mode: 0o700 });
    const kept = (/** @type {string} */ name) => ({
      ...(dataDir === undefined ? {} : { dataDir: path.join(dataDir, name) }),
      logFile: path.join(logs, `${name}.log`),
    });

    // Names of its own, also for its roles, on a server that is not ours.
    const roleSuffix = dataDir === undefined ? `_${randomBytes(4).toString('hex')}` : '';
    const database = `spikefit${roleSuffix}`;
    const [postgres, redis] = await step('Postgres and Redis', async () => {
      const server = await startPostgres({
        url: process.env.DATABASE_URL,
        database: 'postgres',
        signal,
        ...kept('postgres'),
      });
      undo.push(server.stop);
      const queue = await startRedis({ url: process.env.REDIS_URL, signal, ...kept('redis') });
      undo.push(queue.stop);
      return /** @type {const} */ ([server, queue]);
    });
    const urls = await step('database', async ({ note }) => {
      if (dataDir === undefined) undo.push(() => unprovision(postgres.url, { database, roleSuffix }));
      return prepareDatabase({
        adminUrl: postgres.url,
        database,
        passwords: secrets.passwords,
        roleSuffix,
        onApplied: note,
      });
    });

    signal?.throwIfAborted();
    const apiPort = port ?? (await findFreePort());
    const url = `http://127.0.0.1:${apiPort}`;
    /** @type {Record<string, string>} */
    const common = {
      REDIS_URL: redis.url,
      SPIKEFIT_QUEUE_PREFIX: dataDir === undefined ? database.replaceAll('_', '-') : 'spikefit',
      SPIKEFIT_OBJECT_STORE: `file:${objects}`,
      SPIKEFIT_PUBLIC_URL: url,
      SPIKEFIT_SECRET_KEY: secrets.secretKey,
      ...environment,
    };
    /** @type {Record<'api' | 'notifier' | 'worker', Record<string, string>>} */
    const own = {
      api: { DATABASE_URL: urls.applicationUrl, SPIKEFIT_HOST: '127.0.0.1', SPIKEFIT_PORT: String(apiPort) },
      notifier: { SPIKEFIT_NOTIFIER_DATABASE_URL: urls.notifierUrl },
      worker: { DATABASE_URL: urls.applicationUrl, SPIKEFIT_SCRATCH: String(scratch) },
    };
    /** @type {{ service: keyof typeof own, name: string }[]} */
    const services = [
      { service: 'api', name: 'api' },
      { service: 'notifier', name: 'notifier' },
      ...Array.from({ length: workers }, (_, index) => ({
        service: /** @type {const} */ ('worker'),
        name: index === 0 ? 'worker' : `worker-${index + 1}`,
      })),
    ];
    const processes = await step('API, worker, notifier', async () => {
      const started = await Promise.allSettled(
        services.map(async ({ service: kind, name }) => {
          const service = await startProcess({
            name,
            command: process.execPath,
            args: [entryOf(kind)],
            env: { ...environmentFor(kind), ...common, ...own[kind] },
            inheritEnvironment: false,
            signal,
            readyWhen: kind === 'api' ? { http: `${url}/readyz` } : { line: /is ready/ },
            readyWithinMs: 60_000,
            stopWithinMs: 60_000,
            logFile: path.join(logs, `${name}.log`),
            ...(kind === 'worker' ? { onLine: showWarning } : {}),
          });
          undo.push(service.stop);
          return service;
        }),
      );
      return started.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    });
    const failure = Promise.race(
      [...processes, postgres.process, redis.process].flatMap((started) =>
        started ? [started.failure] : [],
      ),
    );
    return { url, urls, secrets, logs, processes, failure, stop };
  } catch (error) {
    await stop();
    signal?.throwIfAborted();
    if (!(error instanceof Error && 'detail' in error)) throw error;
    const remedy = /EADDRINUSE/.test(String(error.detail)) ? 'Choose another port with -- --port N.' : '';
    throw new SetupError(String(error.detail), { cause: error, remedy });
  }
}

/** The compiled program of a service. @param {string} name */
function entryOf(name) {
  return inRoot('services', name, 'dist', name === 'api' ? 'server.js' : 'main.js');
}

/**
 * Says aloud what the worker warns of, such as computing without the native kernels. Lines are pino's JSON.
 * @param {string} line
 */
function showWarning(line) {
  if (!/^\{"level":"(warn|error|fatal)"/.test(line)) return;
  const clear = process.stdout.isTTY ? '\r\x1b[2K' : '';
  process.stdout.write(`${clear}  worker: ${JSON.parse(line).msg}\n`);
}
