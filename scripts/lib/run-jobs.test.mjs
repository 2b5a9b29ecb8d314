import { expect, test } from 'vitest';
import { runAll, sweepsOf } from './run-jobs.mjs';

/** An API whose jobs end at the second look: the one with the learning rate 9 fails. */
function fakeClient() {
  /** @type {Record<string, number>} */
  const looks = {};
  /** @type {{ base: any, grid: Record<string, any[]> }[]} */
  const sweeps = [];
  return {
    sweeps,
    /** @param {string} _path @param {(typeof sweeps)[number]} sweep */
    post: async (_path, sweep) => {
      return { urls: { self: `/v1/sweeps/${sweeps.push(sweep) - 1}` } };
    },
    /** @param {string} path */
    get: async (path) => {
      if (path.endsWith('/report')) return { of: path };
      if (path.startsWith('/v1/sweeps/')) {
        const at = path.slice('/v1/sweeps/'.length);
        const methods = sweeps[Number(at)]?.grid['/method'] ?? [];
        return { jobs: methods.map((_, cell) => ({ cell, jobId: `${at}.${cell}` })) };
      }
      looks[path] = (looks[path] ?? 0) + 1;
      const common = {
        name: path.slice('/v1/jobs/'.length),
        phase: 'pretrain',
        progress: { fraction: 0.5, etaSeconds: 7 },
        timings: { runningMs: 2500 },
        urls: { report: `${path}/report` },
      };
      if (looks[path] < 2) return { ...common, status: 'running' };
      const sweep = sweeps[Number(common.name.split('.')[0])];
      return sweep?.base.training.learningRate === 9
        ? { ...common, status: 'failed', error: { code: 'job.diverged', detail: 'NaN' } }
        : { ...common, status: 'succeeded' };
    },
  };
}

/** @param {string} key @param {number} learningRate @param {string} technique */
const keyed = (key, learningRate, technique) => ({
  key,
  request: /** @type {any} */ ({
    name: key,
    training: { learningRate },
    method: { pruning: { technique } },
    metadata: { result: 'trial', row: key },
  }),
});
const requests = [keyed('k1', 1, 'fsc'), keyed('k3', 1, 'taylor'), keyed('k2', 9, 'fsc')];

test('requests in a row that differ in the method alone are one sweep', () => {
  expect(sweepsOf(requests)).toEqual([
    {
      keys: ['k1', 'k3'],
      sweep: {
        name: 'trial',
        base: { training: { learningRate: 1 } },
        grid: { '/method': [{ pruning: { technique: 'fsc' } }, { pruning: { technique: 'taylor' } }] },
        metadata: { result: 'trial' },
      },
    },
    {
      keys: ['k2'],
      sweep: {
        name: 'trial',
        base: { training: { learningRate: 9 } },
        grid: { '/method': [{ pruning: { technique: 'fsc' } }] },
        metadata: { result: 'trial' },
      },
    },
  ]);
});

test('jobs keep the order of the requests', () => {
  const [one, two, three] = requests;
  expect(
    sweepsOf([one, three, two].map((request) => /** @type {any} */ (request))).map(({ keys }) => keys),
  ).toEqual([['k1'], ['k2'], ['k3']]);
});

test('more cells than a sweep may have are several sweeps', () => {
  const many = Array.from({ length: 1001 }, (_, index) => keyed(`k${index}`, 1, 'fsc'));
  expect(sweepsOf(many).map(({ keys }) => keys.length)).toEqual([1000, 1]);
});

test('all are sent at once; each is told as it ends, a failed one too', async () => {
  const client = fakeClient();
  /** @type {[string, unknown][]} */
  const ends = [];
  /** @type {string[]} */
  const hints = [];
  await runAll({
    client: /** @type {any} */ (client),
    requests,
    onEnd: async (key, end) => {
      if (ends.length === 0) expect(client.sweeps).toHaveLength(2);
      ends.push([key, end]);
    },
    hint: (text) => hints.push(text),
    signal: new AbortController().signal,
  });
  expect(ends).toEqual([
    ['k1', { status: 'succeeded', report: { of: '/v1/jobs/0.0/report' }, seconds: 2.5 }],
    ['k3', { status: 'succeeded', report: { of: '/v1/jobs/0.1/report' }, seconds: 2.5 }],
    ['k2', { status: 'failed', detail: 'job.diverged: NaN' }],
  ]);
  expect(hints[0]).toBe('0.0  pretrain  50 %  7 s to go');
});
