import type { Event, JobStatus } from '@spikefit/contracts';
import { TestClock } from '@spikefit/testkit';
import { describe, expect, test } from 'vitest';
import type { EventWatch } from '../plugins/event-hub.ts';
import { type EventPage, eventStream, serverSentEvent } from './event-stream.ts';

const event = (seq: number, type: Event['type'] = 'epoch.completed'): Event => ({
  id: `evt_${seq}`,
  jobId: 'job_1',
  seq,
  type,
  at: '2026-01-01T00:00:00Z',
  attempt: 1,
  replayed: false,
  data: { text: 'line\nbreak' },
});

const page = (jobStatus: JobStatus, ...events: Event[]): EventPage => ({ events, hasMore: false, jobStatus });

/** A stream over pages that a test lays out, on a clock that it ticks, with the news that it tells. */
function open(first: EventPage, later: (EventPage | null)[], after = 0) {
  const clock = new TestClock();
  const leaving = new AbortController();
  const reads: number[] = [];
  let tell = (_seq: number): void => {};
  const watch: EventWatch = {
    newsAfter: (seq, ms, signal) => {
      const news = new AbortController();
      tell = (told) => told > seq && news.abort();
      return clock
        .sleep(ms, AbortSignal.any([signal, news.signal]))
        .then(() => false)
        .catch(() => news.signal.aborted);
    },
    [Symbol.dispose]: () => {},
  };
  const stream = eventStream({
    after,
    first,
    read: async (seq) => {
      reads.push(seq);
      return later.length === 0 ? page('running') : (later.shift() ?? null);
    },
    watch,
    signal: leaving.signal,
  });
  return { clock, gone: leaving, reads, stream, tell: (seq: number) => tell(seq) };
}

test('an event is one id, one type and one line of JSON', () => {
  const text = serverSentEvent(event(7));
  expect(text.split('\n')).toHaveLength(5);
  expect(text).toMatch(/^id: 7\nevent: epoch\.completed\ndata: \{.*\}\n\n$/);
  expect(JSON.parse(text.split('\n')[2]?.slice('data: '.length) ?? '')).toEqual(event(7));
});

describe('the stream', () => {
  test('begins with how long to wait before coming back, and ends after the last event', async () => {
    const { stream, reads } = open(page('succeeded', event(1), event(2, 'job.succeeded')), []);
    const chunks: string[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks).toEqual([
      'retry: 2000\n\n',
      serverSentEvent(event(1)),
      serverSentEvent(event(2, 'job.succeeded')),
    ]);
    expect(reads).toEqual([]);
  });

  test('reads on at once while there is more, and then when there is news', async () => {
    const { stream, reads, clock, tell } = open(
      { ...page('running', event(4)), hasMore: true },
      [page('running', event(5)), page('failed', event(6, 'job.failed'))],
      3,
    );
    await stream.next();
    expect((await stream.next()).value).toContain('id: 4\n');
    expect((await stream.next()).value).toContain('id: 5\n');
    const last = stream.next();
    await clock.advance(10_000);
    tell(5);
    await clock.advance(1000);
    expect(reads).toEqual([4]);
    tell(6);
    expect((await last).value).toContain('id: 6\n');
    expect(reads).toEqual([4, 5]);
    expect((await stream.next()).done).toBe(true);
  });

  test('says that it lives after fifteen silent seconds, without a look into the database', async () => {
    const { stream, clock, reads } = open(page('running'), []);
    await stream.next();
    for (let round = 0; round < 2; round += 1) {
      const next = stream.next();
      await clock.advance(15_000);
      expect((await next).value).toBe(': still here\n\n');
    }
    expect(reads).toEqual([]);
  });

  test('ends when the reader goes, also in the middle of a wait', async () => {
    const { stream, clock, gone } = open(page('running'), []);
    await stream.next();
    const next = stream.next();
    await clock.advance(10);
    gone.abort();
    expect((await next).done).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('ends when the job is gone', async () => {
    const { stream, clock, tell } = open(page('running'), [null]);
    await stream.next();
    const next = stream.next();
    await clock.advance(1000);
    tell(Number.POSITIVE_INFINITY);
    expect((await next).done).toBe(true);
  });
});
