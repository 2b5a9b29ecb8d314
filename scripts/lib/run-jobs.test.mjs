import { expect, test } from 'vitest';
import { runAll } from './run-jobs.mjs';

/** An API whose jobs end at the second look: the one named `bad` fails. */
function fakeClient() {
  /** @type {Record<string, number>} */
  const looks = {};
  /** @type {[string, string][]} */
  const posted = [];
  return {
    posted,
    /** @param {string} _path @param {{ name: string }} request @param {string} key */
    post: async (_path, request, key) => {
      posted.push([request.name, key]);
      return { urls: { self: `/${request.name}` } };
    },
    /** @param {string} path */
    get: async (path) => {
      if (path.endsWith('/report')) return { of: path };
      looks[path] = (looks[path] ?? 0) + 1;
      const common = {
        name: path.slice(1),
        phase: 'pretrain',
        progress: { fraction: 0.5, etaSeconds: 7 },
        timings: { runningMs: 2500 },
        urls: { report: `${path}/report` },
      };
      if (looks[path] < 2) return { ...common, status: 'running' };
      return path === '/bad'
        ? { ...common, status: 'failed', error: { code: 'job.diverged', detail: 'NaN' } }
        : { ...common, status: 'succeeded' };
    },
  };
}

test('all jobs are sent at once; each is told as it ends, a failed one too', async () => {
  const client = fakeClient();
  /** @type {[string, unknown][]} */
  const ends = [];
  /** @type {string[]} */
  const hints = [];
  await runAll({
    client: /** @type {any} */ (client),
    requests: /** @type {any} */ ([
      { key: 'k1', request: { name: 'good' } },
      { key: 'k2', request: { name: 'bad' } },
    ]),
    onEnd: async (key, end) => {
      if (ends.length === 0) expect(client.posted).toHaveLength(2);
      ends.push([key, end]);
    },
    hint: (text) => hints.push(text),
    signal: new AbortController().signal,
  });
  expect(client.posted).toEqual([
    ['good', 'k1'],
    ['bad', 'k2'],
  ]);
  expect(ends).toEqual([
    ['k1', { status: 'succeeded', report: { of: '/good/report' }, seconds: 2.5 }],
    ['k2', { status: 'failed', detail: 'job.diverged: NaN' }],
  ]);
  expect(hints[0]).toBe('good  pretrain  50 %  7 s to go');
});
