// Shows a job while it runs: a line per epoch, and a live line with what it is at now.
import { setTimeout as delay } from 'node:timers/promises';
import { duration, LiveLine, percent } from './terminal.mjs';

/**
 * Follows a job to its end.
 * @param {{ client: ReturnType<typeof import('./api-client.mjs').apiClient>, job: import('@spikefit/contracts').Job }} options
 * @returns {Promise<import('@spikefit/contracts').Event[]>} all its events
 */
export async function followJob({ client, job }) {
  const line = new LiveLine();
  const started = performance.now();
  const ended = new AbortController();
  const watching = watchProgress({ client, job, line, started, signal: ended.signal });
  /** @type {import('@spikefit/contracts').Event[]} */
  const events = [];
  try {
    for await (const event of client.events(job.urls.events)) {
      events.push(event);
      const text = describe(event);
      if (text) line.print(text);
    }
  } finally {
    ended.abort();
    await watching;
    line.clear();
  }
  return events;
}

/** @param {import('@spikefit/contracts').Event} event */
function describe({ type, data, replayed }) {
  const again = replayed ? '  (again, after an interruption)' : '';
  switch (type) {
    case 'job.created':
      return '  queued';
    case 'job.started':
      return '  a worker has taken the job';
    case 'job.interrupted':
      return '  interrupted; it goes on from its last checkpoint';
    case 'phase.started':
      return `  ${data.phase}`;
    case 'epoch.completed':
      return `${describeEpoch(/** @type {import('@spikefit/contracts').EpochCompletedData} */ (/** @type {unknown} */ (data)))}${again}`;
    case 'pruning.stepped':
      return `    step ${data.step}/${data.steps}  channels kept: ${describeKept(data)}${again}`;
    case 'job.succeeded':
      return '  succeeded';
    case 'job.failed':
      return `  failed: ${JSON.stringify(data)}`;
    default:
      return '';
  }
}

/** @param {import('@spikefit/contracts').EpochCompletedData} data */
function describeEpoch(data) {
  return [
    `    epoch ${data.epoch}/${data.epochs}`,
    `loss ${data.loss.toFixed(3)}`,
    `validation ${percent(data.validationAccuracy, 2)}`,
    `spike rate ${data.spikeRate.toFixed(3)}`,
    `${Math.round(data.imagesPerSecond)} images/s`,
    `ETA ${data.etaSeconds === null ? '–' : duration(data.etaSeconds)}`,
  ].join('  ');
}

/** @param {Record<string, unknown>} data */
function describeKept(data) {
  const kept = /** @type {Record<string, number>} */ (data.kept ?? {});
  const of = /** @type {Record<string, number>} */ (data.of ?? {});
  return Object.entries(kept)
    .map(([layer, units]) => `${layer} ${units}/${of[layer] ?? '?'}`)
    .join(', ');
}

/**
 * Rewrites the live line every second with phase and progress.
 * @param {{ client: ReturnType<typeof import('./api-client.mjs').apiClient>, job: import('@spikefit/contracts').Job,
 *   line: LiveLine, started: number, signal: AbortSignal }} options
 */
async function watchProgress({ client, job, line, started, signal }) {
  while (!signal.aborted) {
    /** @type {import('@spikefit/contracts').Job | undefined} */
    const now = await client.get(job.urls.self).catch(() => undefined);
    if (signal.aborted) return;
    const parts = [`  … ${duration((performance.now() - started) / 1000)}`];
    if (now) {
      parts.push(now.phase ?? now.status, percent(now.progress.fraction, 0));
      if (now.progress.etaSeconds !== null) parts.push(`ETA ${duration(now.progress.etaSeconds)}`);
      if (now.statusMessage) parts.push(now.statusMessage);
    }
    line.show(parts.join('  '));
    await delay(1000, undefined, { signal }).catch(() => {});
  }
}
