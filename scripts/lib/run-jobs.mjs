// The jobs of a result as sweeps through the whole service, for `npm run results`.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
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
  /** In the order in which the worker takes them. @type {{ key: string, path: string }[]} */
  const sent = [];
  for (const { keys, sweep } of sweepsOf(requests)) {
    const idempotencyKey = createHash('sha256').update(keys.join()).digest('hex');
    /** @type {import('@spikefit/contracts').SweepSummary} */
    const { urls } = await client.post('/v1/sweeps', sweep, idempotencyKey);
    /** @type {import('@spikefit/contracts').Sweep} */
    const { jobs } = await client.get(urls.self);
    for (const { cell, jobId } of jobs) sent.push({ key: String(keys[cell]), path: `/v1/jobs/${jobId}` });
  }
  for (const { key, path } of sent) await onEnd(key, await endOf({ client, path, hint, signal }));
}

/** The most cells that one sweep may have. */
const mostCells = 1000;

/**
 * Requests in a row that differ in the method alone are one sweep, whose cells have their order: jobs run in that of the
 * requests.
 * @param {readonly import('@spikefit/bench').KeyedRequest[]} requests
 * @returns {{ keys: string[], sweep: import('@spikefit/contracts').SweepRequest }[]}
 */
export function sweepsOf(requests) {
  /** @type {{ keys: string[], methods: unknown[], base: Record<string, unknown>, result: string }[]} */
  const groups = [];
  for (const { key, request } of requests) {
    const { name: _name, metadata, method, ...base } = request;
    let group = groups.at(-1);
    if (!group || group.keys.length === mostCells || !isDeepStrictEqual(group.base, base)) {
      group = { keys: [], methods: [], base, result: metadata?.result ?? 'results' };
      groups.push(group);
    }
    group.keys.push(key);
    group.methods.push(method ?? {});
  }
  return groups.map(({ keys, methods, base, result }) => ({
    keys,
    sweep: {
      name: result,
      base: /** @type {import('@spikefit/contracts').SweepRequest['base']} */ (base),
      grid: { '/method': methods },
      metadata: { result },
    },
  }));
}

/**
 * Waits for the end of a job.
 * @param {{ client: ReturnType<typeof apiClient>, path: string,
 *   hint: (text: string) => void, signal: AbortSignal }} options
 * @returns {Promise<import('@spikefit/bench').JobEnd>}
 */
async function endOf({ client, path, hint, signal }) {
  for (;;) {
    /** @type {import('@spikefit/contracts').Job} */
    const now = await client.get(path);
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
