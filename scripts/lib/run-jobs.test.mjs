import { expect, test } from 'vitest';
import { runAll, sweepsOf } from './run-jobs.mjs';

/**
 * An API whose jobs end one at every look at the list of sweeps, the last that was sent first: those with the learning rate 9
 * fail. A page holds one sweep.
 */
function fakeClient() {
  /** @type {{ base: any, grid: Record<string, any[]>, priority: number }[]} */
  const sweeps = [];
  /** Whether each job of each sweep has ended. @type {boolean[][]} */
  const ended = [];
  const endOne = () => {
    const sweep = ended.findLast((jobs) => jobs.includes(false));
    sweep?.splice(sweep.lastIndexOf(false), 1, true);
  };
  const failsIn = (/** @type {number} */ sweep) => sweeps[sweep]?.base.training.learningRate === 9;
  /** @param {number} sweep @param {number} cell */
  const statusOf = (sweep, cell) =>
    ended[sweep]?.[cell] ? (failsIn(sweep) ? 'failed' : 'succeeded') : 'running';
  return {
    sweeps,
    /** @param {string} _path @param {(typeof sweeps)[number]} sweep */
    post: async (_path, sweep) => {
      ended.push((sweep.grid['/method'] ?? []).map(() => false));
      return { urls: { self: `/v1/sweeps/${sweeps.push(sweep) - 1}` } };
    },
    /** @param {string} path */
    get: async (path) => {
      if (path.endsWith('/report')) return { of: path };
      if (path.startsWith('/v1/sweeps?')) {
        const skipped = Number(/after=(\d+)/.exec(path)?.[1] ?? 0);
        if (skipped === 0) endOne();
        const sweep = sweeps.length - 1 - skipped;
        const count = (/** @type {string} */ status) =>
          ended[sweep]?.filter((_, cell) => statusOf(sweep, cell) === status).length;
        return {
          data: [
            {
              id: sweep,
              counts: { succeeded: count('succeeded'), failed: count('failed'), canceled: 0 },
              urls: { self: `/v1/sweeps/${sweep}` },
            },
          ],
          nextCursor: sweep === 0 ? null : String(skipped + 1),
        };
      }
      if (path.startsWith('/v1/sweeps/')) {
        const sweep = Number(path.slice('/v1/sweeps/'.length));
        return {
          jobs: ended[sweep]?.map((_, cell) => ({
            cell,
            jobId: `${sweep}.${cell}`,
            status: statusOf(sweep, cell),
          })),
        };
      }
      if (path === '/v1/jobs?status=running') {
        const progress = { fraction: 0.5, etaSeconds: 7 };
        return {
          data: [
            { id: 'job_2', name: 'b', phase: null, progress },
            { id: 'job_1', name: 'a', phase: 'pretrain', progress },
          ],
        };
      }
      const [sweep = 0, cell = 0] = path.slice('/v1/jobs/'.length).split('.').map(Number);
      return {
        status: statusOf(sweep, cell),
        error: failsIn(sweep) ? { code: 'job.diverged', detail: 'NaN' } : null,
        timings: { runningMs: 2500 },
        urls: { report: `${path}/report` },
      };
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

test('all are sent at once; each is told as it ends, whatever its place, a failed one too', async () => {
  const client = fakeClient();
  /** @type {[string, unknown][]} */
  const ends = [];
  /** @type {string[]} */
  const hints = [];
  await runAll({
    client: /** @type {any} */ (client),
    requests,
    onEnd: async (key, end) => {
      if (ends.length === 0) expect(client.sweeps.map(({ priority }) => priority)).toEqual([100, 99]);
      ends.push([key, end]);
    },
    hint: (text) => hints.push(text),
    signal: new AbortController().signal,
    everyMs: 1,
  });
  expect(ends).toEqual([
    ['k2', { status: 'failed', detail: 'job.diverged: NaN' }],
    ['k3', { status: 'succeeded', report: { of: '/v1/jobs/0.1/report' }, seconds: 2.5 }],
    ['k1', { status: 'succeeded', report: { of: '/v1/jobs/0.0/report' }, seconds: 2.5 }],
  ]);
  expect(hints[0]).toBe('a  pretrain  50 %  7 s to go | b  starts  50 %  7 s to go');
});
