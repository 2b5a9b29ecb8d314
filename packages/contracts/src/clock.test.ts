import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

describe('systemClock', () => {
  it('never goes back', () => {
    const times = Array.from({ length: 100 }, () => systemClock.monotonicMs());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.abs(systemClock.now().getTime() - Date.now())).toBeLessThan(1000);
  });

  it('wakes no earlier than asked', async () => {
    const start = systemClock.monotonicMs();
    await systemClock.sleep(20);
    // Timers of Node may fire up to a millisecond early.
    expect(systemClock.monotonicMs() - start).toBeGreaterThanOrEqual(19);
  });

  it('stops sleeping when it is told to, with the reason', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
  });

  it('repeats without overlapping, until it is disposed', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    await new Promise<void>((done) => {
      const repeating = systemClock.every(1, async () => {
        running++;
        most = Math.max(most, running);
        await systemClock.sleep(5);
        running--;
        if (++calls === 4) {
          repeating[Symbol.dispose]();
          done();
        }
      });
    });
    await systemClock.sleep(20);
    expect([calls, most, running]).toEqual([4, 1, 0]);
  });
});
