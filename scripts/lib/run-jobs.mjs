// The jobs of a result as sweeps through the whole service, for `npm run results`.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createTenant } from './administration.mjs';
import { apiClient } from './api-client.mjs';
import { deploy } from './deployment.mjs';
import { SetupError } from './run.mjs';
import { duration, percent } from './terminal.mjs';

const pollMs = 2000;
/** Sweeps in one page: the most that the API gives. */
const pageSize = 200;
/** Of a sweep; higher runs first. */
const highestPriority = 100;

/**
 * Starts everything on throw-away storage, sends all jobs, tells of each as it ends, and stops everything.
 * @param {{ requests: readonly import('@spikefit/bench').KeyedRequest[],
 *   onEnd: (key: string, end: import('@spikefit/bench').JobEnd) => Promise<void>,
 *   workers: import('@spikefit/bench').Workers, hint: (text: string) => void, signal: AbortSignal }} options
 * @throws {SetupError} when a service breaks; the reason of `signal`
 */
export async function runJobs({ requests, onEnd, workers, hint, signal }) {
  const deployment = await deploy({
    environment: { SPIKEFIT_THREADS: String(workers.threads) },
    workers: workers.jobs,
    signal,
  });
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
 * @param {{ client: ReturnType<typeof apiClient>, signal: AbortSignal, everyMs?: number }
 *   & Pick<Parameters<typeof runJobs>[0], 'requests' | 'onEnd' | 'hint'>} options
 */
export async function runAll({ client, requests, onEnd, hint, signal, everyMs = pollMs }) {
  const keys = await sendAll(client, requests);
  /** Jobs of each sweep that had ended when it was looked at. @type {Map<string, number>} */
  const seen = new Map();
  for (;;) {
    for (const { id, counts, urls } of await allSweeps(client)) {
      const ended = counts.succeeded + counts.failed + counts.canceled;
      if (ended === (seen.get(id) ?? 0)) continue;
      seen.set(id, ended);
      /** @type {import('@spikefit/contracts').Sweep} */
      const { jobs } = await client.get(urls.self);
      for (const { jobId, status } of jobs) {
        const key = keys.get(jobId);
        if (key === undefined || !hasEnded(status)) continue;
        keys.delete(jobId);
        await onEnd(key, await endOf(client, jobId));
      }
    }
    if (keys.size === 0) return;
    await showRunning(client, hint);
    await delay(everyMs, undefined, { signal });
  }
}

/** @param {string} status */
const hasEnded = (status) => ['succeeded', 'failed', 'canceled'].includes(status);

/**
 * Sends everything as sweeps. Earlier ones have a higher priority: a job that had to wait for its dense network comes before
 * those of later sweeps all the same.
 * @param {ReturnType<typeof apiClient>} client
 * @param {readonly import('@spikefit/bench').KeyedRequest[]} requests
 * @returns {Promise<Map<string, string>>} the key of each job
 */
async function sendAll(client, requests) {
  /** @type {Map<string, string>} */
  const keyOf = new Map();
  for (const [index, { keys, sweep }] of sweepsOf(requests).entries()) {
    const idempotencyKey = createHash('sha256').update(keys.join()).digest('hex');
    const priority = Math.max(0, highestPriority - index);
    /** @type {import('@spikefit/contracts').SweepSummary} */
    const { urls } = await client.post('/v1/sweeps', { ...sweep, priority }, idempotencyKey);
    /** @type {import('@spikefit/contracts').Sweep} */
    const { jobs } = await client.get(urls.self);
    for (const { cell, jobId } of jobs) keyOf.set(jobId, String(keys[cell]));
  }
  return keyOf;
}

/** @param {ReturnType<typeof apiClient>} client */
async function allSweeps(client) {
  /** @type {import('@spikefit/contracts').SweepSummary[]} */
  const sweeps = [];
  for (let after = ''; ; ) {
    /** @type {{ data: import('@spikefit/contracts').SweepSummary[], nextCursor: string | null }} */
    const page = await client.get(`/v1/sweeps?limit=${pageSize}${after}`);
    sweeps.push(...page.data);
    if (page.nextCursor === null) return sweeps.reverse();
    after = `&after=${encodeURIComponent(page.nextCursor)}`;
  }
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
 * @param {ReturnType<typeof apiClient>} client @param {string} jobId of one that has ended
 * @returns {Promise<import('@spikefit/bench').JobEnd>}
 */
async function endOf(client, jobId) {
  /** @type {import('@spikefit/contracts').Job} */
  const { status, urls, timings, error } = await client.get(`/v1/jobs/${jobId}`);
  if (status === 'succeeded')
    return { status, report: await client.get(urls.report), seconds: (timings.runningMs ?? 0) / 1000 };
  return {
    status: status === 'canceled' ? status : 'failed',
    detail: `${error?.code ?? status}: ${error?.detail ?? ''}`,
  };
}

/** @param {ReturnType<typeof apiClient>} client @param {(text: string) => void} hint */
async function showRunning(client, hint) {
  /** @type {{ data: import('@spikefit/contracts').Job[] }} */
  const { data } = await client.get('/v1/jobs?status=running');
  const words = data.map(({ id, name, phase, progress: { fraction, etaSeconds } }) => {
    const eta = etaSeconds === null ? '' : `  ${duration(etaSeconds)} to go`;
    return `${name ?? id}  ${phase ?? 'starts'}  ${percent(fraction, 0)}${eta}`;
  });
  hint(words.length === 0 ? 'waiting for a worker' : words.reverse().join(' | '));
}
