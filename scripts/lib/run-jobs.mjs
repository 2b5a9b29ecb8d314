// The jobs of a result through the whole service, for `npm run results`.
import { setTimeout as delay } from 'node:timers/promises';
import { createTenant } from './administration.mjs';
import { apiClient } from './api-client.mjs';
import { deploy } from './deployment.mjs';
import { SetupError } from './run.mjs';
import { duration, percent } from './terminal.mjs';

const pollMs = 1000;

/**
 * Starts everything on throw-away storage, sends all jobs, tells of each as it ends, and stops everything.
 * @param {{ requests: readonly import('@spikefit/bench').KeyedRequest[],
 *   onEnd: (key: string, end: import('@spikefit/bench').JobEnd) => Promise<void>, threads: number,
 *   hint: (text: string) => void, signal: AbortSignal }} options
 * @throws {SetupError} when a service breaks; the reason of `signal`
 */
export async function runJobs({ requests, onEnd, threads, hint, signal }) {
  const deployment = await deploy({ environment: { SPIKEFIT_THREADS: String(threads) }, signal });
  try {
    const { key } = await createTenant(
      { ownerUrl: deployment.urls.ownerUrl, secretKey: deployment.secrets.secretKey },
      { name: 'results', keyName: 'results' },
    );
    const client = apiClient({ url: deployment.url, key, signal });
    const broken = deployment.failure.then((error) => {
      throw new SetupError(error.message);
    });
    await Promise.race([runAll({ client, requests, onEnd, hint, signal }), broken]);
  } finally {
    await deployment.stop();
  }
}

/**
 * @param {{ client: ReturnType<typeof apiClient>, signal: AbortSignal }
 *   & Pick<Parameters<typeof runJobs>[0], 'requests' | 'onEnd' | 'hint'>} options
 */
export async function runAll({ client, requests, onEnd, hint, signal }) {
  /** In the order in which the worker takes them. @type {{ key: string, job: import('@spikefit/contracts').Job }[]} */
  const sent = [];
  for (const { key, request } of requests)
    sent.push({ key, job: await client.post('/v1/jobs', request, key) });
  for (const { key, job } of sent) await onEnd(key, await endOf({ client, job, hint, signal }));
}

/**
 * Waits for the end of a job.
 * @param {{ client: ReturnType<typeof apiClient>, job: import('@spikefit/contracts').Job,
 *   hint: (text: string) => void, signal: AbortSignal }} options
 * @returns {Promise<import('@spikefit/bench').JobEnd>}
 */
async function endOf({ client, job, hint, signal }) {
  for (;;) {
    /** @type {import('@spikefit/contracts').Job} */
    const now = await client.get(job.urls.self);
    const { status, progress } = now;
    if (status === 'succeeded')
      return {
        status,
        report: await client.get(now.urls.report),
        seconds: (now.timings.runningMs ?? 0) / 1000,
      };
    if (status === 'failed' || status === 'canceled')
      return { status, detail: `${now.error?.code ?? status}: ${now.error?.detail ?? ''}` };
    const eta = progress.etaSeconds === null ? '' : `  ${duration(progress.etaSeconds)} to go`;
    hint(`${now.name ?? now.id}  ${now.phase ?? status}  ${percent(progress.fraction, 0)}${eta}`);
    await delay(pollMs, undefined, { signal });
  }
}
