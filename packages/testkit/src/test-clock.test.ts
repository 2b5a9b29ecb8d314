import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TestClock } from './test-clock.ts';

describe('TestClock', () => {
  test('stands still until it is advanced', async () => {
    const clock = new TestClock('2026-05-01T00:00:00Z');
    await delay(2);
    expect(clock.now().toISOString()).toBe('2026-05-01T00:00:00.000Z');
    await clock.advance(90_000);
    expect(clock.now().toISOString()).toBe('2026-05-01T00:01:30.000Z');
    expect(clock.monotonicMs()).toBe(90_000);
  });

  test('fires sleeps in order of time, at their own time, including those begun on the way', async () => {
    const clock = new TestClock();
    const seen: string[] = [];
    const note = (name: string) => seen.push(`${name}@${clock.monotonicMs()}`);
    const chain = (async () => {
      await clock.sleep(10);
      note('a');
      await clock.sleep(10);
      note('b');
    })();
    void clock.sleep(15).then(() => note('c'));
    await clock.advance(19);
    expect(seen).toEqual(['a@10', 'c@15']);
    await clock.advance(1);
    await chain;
    expect(seen).toEqual(['a@10', 'c@15', 'b@20']);
  });

  test('an aborted sleep rejects with the reason and no longer waits', async () => {
    const clock = new TestClock();
    const abort = new AbortController();
    const sleep = clock.sleep(1000, abort.signal);
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
    await expect(clock.sleep(1, abort.signal)).rejects.toBe(reason);
  });

  test('every: no overlap, real work is waited for by idle, disposing ends it', async () => {
    const clock = new TestClock();
    let calls = 0;
    const interval = clock.every(100, async () => {
      calls += 1;
      await delay(5);
    });
    await clock.advance(1000);
    // The first call still does real work, so the next one is not due yet.
    expect(calls).toBe(1);
    await clock.idle();
    await clock.advance(100);
    expect(calls).toBe(2);
    await clock.idle();
    interval[Symbol.dispose]();
    await clock.advance(1000);
    expect(calls).toBe(2);
    expect(clock.pending).toBe(0);
  });

  test('advanceToNext answers the way to the next timer', async () => {
    const clock = new TestClock();
    let woke = false;
    const sleep = clock.sleep(250).then(() => {
      woke = true;
    });
    expect(await clock.advanceToNext()).toBe(250);
    await sleep;
    expect(woke).toBe(true);
    expect(await clock.advanceToNext()).toBeUndefined();
  });
});
