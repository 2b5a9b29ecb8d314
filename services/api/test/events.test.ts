import type { Socket } from 'node:net';
import type { Event, Job, Problem } from '@spikefit/contracts';
import type { Lease } from '@spikefit/database';
import { TestClock } from '@spikefit/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { EventReader } from './event-reader.ts';
import { eventually } from './eventually.ts';
import { goodRequest } from './requests.ts';
import { TestApi } from './test-api.ts';
import { claim, saveCheckpoint, succeed } from './worker-double.ts';

let api: TestApi;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  api = await TestApi.open({ clock, maxEventStreams: 3 });
  await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => api[Symbol.asyncDispose]());
afterEach(() => eventually(() => api.app.eventHub.size).toBe(0));

async function start(): Promise<{ jobId: string; lease: Lease; path: string }> {
  const { id } = (await api.call('POST /v1/jobs', { payload: goodRequest })).json<Job>();
  return { jobId: id, lease: await claim(api, id), path: `/v1/jobs/${id}/events` };
}

const epochs = (lease: Lease, from: number, to: number) =>
  api.database.attempts.appendEvents(
    lease,
    Array.from({ length: to - from + 1 }, (_, index) => ({
      type: 'epoch.completed' as const,
      data: { phase: 'pretrain', epoch: from + index, loss: 0.5 },
      replayed: false,
    })),
  );

describe('as pages', () => {
  test('in order, gap-free, after a seq', async () => {
    const { lease, path } = await start();
    await epochs(lease, 1, 8);
    const first = (await api.call(`GET ${path}?limit=4`)).json();
    expect(first.data.map(({ seq }: Event) => seq)).toEqual([1, 2, 3, 4]);
    expect(first).toMatchObject({ hasMore: true, nextCursor: '4' });
    const rest = (await api.call(`GET ${path}?limit=200&after=${first.nextCursor}`)).json();
    expect(rest.data.map(({ seq }: Event) => seq)).toEqual([5, 6, 7, 8, 9, 10]);
    expect(rest).toMatchObject({ hasMore: false, nextCursor: '10' });
    const none = (await api.call(`GET ${path}?after=10`)).json();
    expect(none).toEqual({ data: [], hasMore: false, nextCursor: '10' });
  });

  test.each(['after=-1', 'after=x', 'limit=0', 'after=9999999999'])('not with ?%s', async (query) => {
    const { path } = await start();
    expect((await api.call(`GET ${path}?${query}`)).json<Problem>().code).toBe('request.invalid');
  });

  test('only as JSON or as a stream', async () => {
    const { path } = await start();
    const get = (accept: string) => api.call(`GET ${path}`, { headers: { accept } });
    const refused = await get('text/html');
    expect(refused.statusCode).toBe(406);
    expect(refused.json<Problem>().code).toBe('request.not-acceptable');
    for (const accept of [
      'application/json',
      '*/*',
      'text/html, application/*;q=0.5',
      'text/event-stream;q=0, */*',
    ]) {
      expect((await get(accept)).headers['content-type']).toMatch(/^application\/json/);
    }
  });
});

describe('as a stream', () => {
  test('what there is, then what comes, by notices and without a tick of the clock, to the end', async () => {
    const { lease, path } = await start();
    using reader = await EventReader.open(api, path);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await eventually(() => reader.events.length).toBe(2);
    await epochs(lease, 1, 3);
    await eventually(() => reader.events.length).toBe(5);
    await saveCheckpoint(api, lease, 1);
    await succeed(api, lease, new Uint8Array([1, 2, 3]));
    await reader.ended;
    expect(reader.events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(reader.events.at(-1)).toMatchObject({
      type: 'job.succeeded',
      data: { seq: 7, type: 'job.succeeded' },
    });
    const pages = (await api.call(`GET ${path}`)).json<{ data: Event[] }>();
    expect(reader.events.map(({ data }) => data)).toEqual(pages.data);
    await eventually(() => api.app.eventHub.size).toBe(0);
  });

  test('Last-Event-ID goes on where the reader was, and wins over ?after', async () => {
    const { lease, path } = await start();
    await epochs(lease, 1, 4);
    using reader = await EventReader.open(api, `${path}?after=1`, { 'last-event-id': '4' });
    await eventually(() => reader.events.map(({ id }) => id)).toEqual([5, 6]);
    using other = await EventReader.open(api, `${path}?after=5`);
    await eventually(() => other.events.map(({ id }) => id)).toEqual([6]);
  });

  test('a reader that is cut off again and again misses nothing and hears nothing twice', async () => {
    const { lease, path } = await start();
    const seen: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const last = seen.at(-1);
      using reader = await EventReader.open(
        api,
        path,
        last === undefined ? {} : { 'last-event-id': String(last) },
      );
      await epochs(lease, 10 * round + 1, 10 * round + 10);
      await eventually(() => reader.events.at(-1)?.id).toBe(2 + 10 * (round + 1));
      seen.push(...reader.events.map(({ id }) => id));
    }
    expect(seen).toEqual(Array.from({ length: 52 }, (_, index) => index + 1));
  });

  test('after the end there is nothing to wait for: 204, which stops an EventSource', async () => {
    const { lease, path } = await start();
    await succeed(api, lease, new Uint8Array([1]));
    using all = await EventReader.open(api, path);
    await all.ended;
    expect(all.events.map(({ type }) => type)).toEqual(['job.created', 'job.started', 'job.succeeded']);
    using nothing = await EventReader.open(api, path, { 'last-event-id': '3' });
    expect(nothing.response.statusCode).toBe(204);
  });

  test('more events than are read at once arrive whole and in order', async () => {
    const { lease, path } = await start();
    for (let from = 1; from <= 700; from += 100) await epochs(lease, from, from + 99);
    using reader = await EventReader.open(api, path);
    await eventually(() => reader.events.length).toBe(702);
    expect(reader.events.map(({ id }) => id)).toEqual(Array.from({ length: 702 }, (_, index) => index + 1));
  });

  test('a lost notice costs a second: the catch-up read finds the event', async () => {
    const { jobId, lease, path } = await start();
    using reader = await EventReader.open(api, path);
    await eventually(() => reader.events.length).toBe(2);
    // An event without its notice, as after a lost connection.
    await api.sql(`SET session_replication_role = replica;
      INSERT INTO job_events (id, tenant_id, job_id, seq, type, at, attempt, replayed, data)
      SELECT 'evt_00000000000000000000000000', tenant_id, job_id, 3, 'epoch.completed', now(), 1, false, '{}'
      FROM job_events WHERE job_id = '${jobId}' LIMIT 1;
      UPDATE jobs SET event_seq = 3 WHERE id = '${jobId}'`);
    await eventually(async () => {
      await clock.advance(1000);
      return reader.events.length;
    }).toBe(3);
    expect(lease.jobId).toBe(jobId);
  });

  test('readers of many jobs cost one look a second, and none of their own', async () => {
    const jobs = await Promise.all([start(), start(), start()]);
    const readers = await Promise.all(jobs.map(({ path }) => EventReader.open(api, path)));
    for (const reader of readers) await eventually(() => reader.events.length).toBe(2);
    const looks = vi.spyOn(api.database.events, 'newestSeqs');
    const reads = vi.spyOn(api.database.events, 'page');
    await eventually(async () => {
      await clock.advance(1000);
      return looks.mock.calls.length;
    }).toBeGreaterThan(2);
    expect(looks.mock.calls.every(([jobIds]) => jobIds.length === 3)).toBe(true);
    expect(reads).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    for (const reader of readers) reader[Symbol.dispose]();
  });

  test('a job that is gone ends its streams', async () => {
    const { jobId, path } = await start();
    using reader = await EventReader.open(api, path);
    await eventually(() => reader.events.length).toBe(2);
    let ended = false;
    reader.ended.then(() => {
      ended = true;
    });
    await api.sql('DELETE FROM jobs WHERE id = $1', [jobId]);
    await eventually(async () => {
      await clock.advance(1000);
      return ended;
    }).toBe(true);
  });

  test('a silent stream says that it lives', async () => {
    const { path } = await start();
    using reader = await EventReader.open(api, path);
    await eventually(() => reader.events.length).toBe(2);
    await eventually(async () => {
      await clock.advance(1000);
      return reader.comments;
    }).toContain(': still here');
  });

  test('a reader that goes is let go', async () => {
    const { path } = await start();
    const readers = await Promise.all([1, 2, 3].map(() => EventReader.open(api, path)));
    expect(api.app.eventHub.size).toBe(3);
    for (const reader of readers) reader[Symbol.dispose]();
    await eventually(() => api.app.eventHub.size).toBe(0);
    await eventually(() => clock.pending).toBe(0);
  });

  test('no more streams than the process can hold', async () => {
    const { path } = await start();
    const readers = await Promise.all([1, 2, 3].map(() => EventReader.open(api, path)));
    const refused = await EventReader.open(api, path);
    expect(refused.response.statusCode).toBe(503);
    expect(refused.response.headers['content-type']).toBe('application/problem+json');
    for (const reader of [...readers, refused]) reader[Symbol.dispose]();
  });

  test('a process that stops ends its streams', async () => {
    await using stopping = await TestApi.open();
    await stopping.app.listen({ host: '127.0.0.1', port: 0 });
    const { id } = (await stopping.call('POST /v1/jobs', { payload: goodRequest })).json<Job>();
    using reader = await EventReader.open(stopping, `/v1/jobs/${id}/events`);
    await eventually(() => reader.events.length).toBe(1);
    await stopping.app.close();
    await reader.ended;
  });

  test.each(['-1', 'evt_1', '1e3', '99999999999', '1.5'])('Last-Event-ID %s is none of ours', async (id) => {
    const { path } = await start();
    using reader = await EventReader.open(api, path, { 'last-event-id': id });
    expect(reader.response.statusCode).toBe(400);
  });

  test('a reader that does not read does not fill the memory: the rest waits in the database', async () => {
    const { lease, path } = await start();
    const text = 'x'.repeat(16_000);
    const pages = 20;
    for (let page = 0; page < pages; page += 1) {
      const news = Array.from({ length: 100 }, (_, index) => ({
        type: 'epoch.completed' as const,
        data: { phase: 'pretrain', epoch: 100 * page + index, text },
        replayed: false,
      }));
      await api.database.attempts.appendEvents(lease, news);
    }
    const reads = vi.spyOn(api.database.events, 'page');
    const sockets: Socket[] = [];
    api.app.server.on('connection', (socket) => sockets.push(socket));
    using reader = await EventReader.open(api, path);
    reader.response.pause();
    await eventually(() => sockets.some((socket) => socket.writableNeedDrain)).toBe(true);
    expect(reads.mock.calls.length).toBeLessThan(pages / 2);
    reader.response.resume();
    await eventually(() => reader.events.length).toBe(2 + 100 * pages);
  });
});
