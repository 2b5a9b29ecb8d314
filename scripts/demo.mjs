// `npm run demo`: the whole way of a job, on throw-away storage. See --help.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { demoJob } from './demo-job.mjs';
import { bootstrap } from './lib/bootstrap.mjs';
import { untilStopped } from './lib/interrupt.mjs';
import { readOptions, UsageError } from './lib/options.mjs';
import { cacheFolder } from './lib/paths.mjs';
import { SetupError } from './lib/run.mjs';
import { printFailure, step } from './lib/steps.mjs';
import { duration } from './lib/terminal.mjs';

const help = `npm run demo [-- options]

Sets up what is missing, starts API, worker, notifier, Postgres and Redis on throw-away storage, sends a job over HTTP
that trains a spiking network on Fashion-MNIST, gives it four weight values and prunes it, shows its progress, receives
and verifies the webhook, prints the report, and stops everything.

  --json FILE   writes {job, report, timings} there
  --keep        leaves everything running until Ctrl-C, and prints its addresses
  --help        this

DATABASE_URL (of a superuser) and REDIS_URL name servers to use instead of starting some. SPIKEFIT_BACKEND,
SPIKEFIT_THREADS and the other variables of the worker are passed on to it.`;

const options = readOptions({
  help,
  options: { json: { type: 'string' }, keep: { type: 'boolean', default: false } },
  check: ({ json, keep }) => {
    if (json !== undefined && !existsSync(path.dirname(path.resolve(json))))
      throw new UsageError(`--json: there is no folder ${path.dirname(path.resolve(json))}`);
    return { json, keep };
  },
});

if (options) process.exitCode = await untilStopped((signal) => demo(options, signal));

/**
 * @param {{ json: string | undefined, keep: boolean }} options @param {AbortSignal} signal aborted by Ctrl-C
 * @returns {Promise<number>} exit code
 */
async function demo(options, signal) {
  const started = performance.now();
  /** What to undo, in reverse. @type {(() => Promise<void>)[]} */
  const undo = [];
  try {
    console.log('Setting up');
    await bootstrap({ signal });
    await prepareDataset(signal);
    const { apiClient } = await import('./lib/api-client.mjs');
    const { createTenant } = await import('./lib/administration.mjs');
    const { deploy } = await import('./lib/deployment.mjs');
    const { renderReport } = await import('./lib/demo-report.mjs');
    const { startReceiver } = await import('./lib/webhook-receiver.mjs');

    const deployment = await deploy({
      signal,
      // Our own receiver listens on loopback without TLS, which no other webhook may.
      environment: { SPIKEFIT_WEBHOOK_ALLOW_PRIVATE: 'true', SPIKEFIT_WEBHOOK_ALLOW_HTTP: 'true' },
    });
    undo.push(deployment.stop);
    const { key, webhookSecret } = await createTenant(
      { ownerUrl: deployment.urls.ownerUrl, secretKey: deployment.secrets.secretKey },
      { name: 'demo', keyName: 'demo' },
    );
    const receiver = await startReceiver(webhookSecret);
    undo.push(receiver.stop);
    const setUpMs = performance.now() - started;

    console.log(`\nThe API is on ${deployment.url}, its pages on ${deployment.url}/docs`);
    const client = apiClient({ url: deployment.url, key, signal });
    const outcome = await unlessBroken(
      deployment,
      signal,
      runJob(client, {
        ...demoJob,
        webhook: { url: receiver.url, events: ['job.succeeded', 'job.failed'] },
      }),
    );
    if (outcome.job.status !== 'succeeded' || outcome.report === undefined) {
      console.error(
        `The job ${outcome.job.status}: ${outcome.job.error?.code ?? ''} ${outcome.job.error?.detail ?? ''}`,
      );
      console.error(`The logs were in ${deployment.logs}`);
      return 1;
    }
    const webhook = await unlessBroken(deployment, signal, firstMessage(receiver, signal));
    const webhookIsRight =
      webhook.verified &&
      webhook.body.type === 'job.succeeded' &&
      webhook.body.data.job.id === outcome.job.id;

    console.log(`\n${renderReport(outcome.report)}\n`);
    console.log(`  webhook ${webhook.body.type}: signature ${webhook.verified ? 'verified' : 'WRONG'}`);
    const timings = {
      setUpSeconds: round(setUpMs),
      jobSeconds: round(outcome.jobMs),
      queuedSeconds: round(outcome.job.timings.queuedMs ?? 0),
      runningSeconds: round(outcome.job.timings.runningMs ?? 0),
      epochs: outcome.epochs,
      totalSeconds: round(performance.now() - started),
    };
    console.log(
      `  set-up ${duration(timings.setUpSeconds)}, job ${duration(timings.jobSeconds)}, altogether ${duration(timings.totalSeconds)}`,
    );
    if (options.json) {
      const content = {
        job: outcome.job,
        report: outcome.report,
        timings,
        webhook: { verified: webhook.verified, type: webhook.body.type, id: webhook.headers['webhook-id'] },
      };
      writeFileSync(options.json, `${JSON.stringify(content, null, 2)}\n`);
      console.log(`  written to ${path.resolve(options.json)}`);
    }
    if (options.keep) {
      console.log(`\nStill running: ${deployment.url}/docs with the key\n  ${key}\nCtrl-C stops it.`);
      await unlessBroken(deployment, signal, new Promise(() => {})).catch((error) => {
        if (!signal.aborted) throw error;
      });
    }
    return webhookIsRight ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 130;
    printFailure(error);
    return 1;
  } finally {
    while (undo.length > 0) await undo.pop()?.();
  }
}

/** Fetches the data set now, where everybody sees it, rather than inside the worker. @param {AbortSignal} signal */
async function prepareDataset(signal) {
  const { ensureDataset } = await import('@spikefit/datasets');
  await step('data set', ({ hint }) =>
    ensureDataset(demoJob.dataset.id, {
      cacheDirectory: process.env.SPIKEFIT_DATA_CACHE ?? path.join(cacheFolder(), 'datasets'),
      onProgress: hint,
      signal,
    }),
  );
}

/**
 * Sends the job, follows it to its end, and fetches what it made.
 * @param {ReturnType<typeof import('./lib/api-client.mjs').apiClient>} client
 * @param {import('@spikefit/contracts').JobRequest} request
 */
async function runJob(client, request) {
  const { followJob } = await import('./lib/follow-job.mjs');
  const started = performance.now();
  /** @type {import('@spikefit/contracts').Job} */
  const created = await client.post('/v1/jobs', request, randomUUID());
  console.log(`\nJob ${created.id}: ${request.model.architecture}, T = ${request.model.timeSteps}`);
  const events = await followJob({ client, job: created });
  /** @type {import('@spikefit/contracts').Job} */
  const job = await client.get(created.urls.self);
  const jobMs = performance.now() - started;
  const epochs = events.filter((event) => event.type === 'epoch.completed').map(({ data }) => data);
  if (job.status !== 'succeeded') return { job, jobMs, epochs, report: undefined };
  /** @type {import('@spikefit/contracts').Report} */
  const report = await client.get(job.urls.report);
  await checkArtifacts(client, job);
  return { job, jobMs, epochs, report };
}

/**
 * Downloads what the job made and compares the checksums.
 * @param {ReturnType<typeof import('./lib/api-client.mjs').apiClient>} client
 * @param {import('@spikefit/contracts').Job} job
 */
async function checkArtifacts(client, job) {
  /** @type {{ data: import('@spikefit/contracts').Artifact[] }} */
  const { data } = await client.get(job.urls.artifacts);
  for (const artifact of data) {
    const bytes = await client.download(artifact.url);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== artifact.sha256) throw new SetupError(`${artifact.name} differs from its checksum`);
    console.log(`  downloaded ${artifact.name}, ${bytes.length} bytes, sha256 ${sha256.slice(0, 16)}…`);
  }
}

/** @param {import('./lib/webhook-receiver.mjs').Receiver} receiver @param {AbortSignal} signal */
async function firstMessage(receiver, signal) {
  const tooLate = delay(60_000, undefined, { signal, ref: false }).then(() => {
    throw new SetupError('No webhook came within a minute after the job had ended.');
  });
  return Promise.race([receiver.received, tooLate]);
}

/**
 * The result of some work, unless a process ends by itself or the user presses Ctrl-C first.
 * @template T
 * @param {import('./lib/deployment.mjs').Deployment} deployment @param {AbortSignal} signal @param {Promise<T>} work
 * @returns {Promise<T>}
 */
function unlessBroken(deployment, signal, work) {
  const broken = deployment.failure.then((error) => {
    throw new SetupError(error.message);
  });
  const stopped = new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, broken, /** @type {Promise<never>} */ (stopped)]);
}

/** @param {number} ms */
function round(ms) {
  return Math.round(ms / 100) / 10;
}
