import { createLogger } from '@spikefit/telemetry';
import { TestClock } from '@spikefit/testkit';
import { describe, expect, it } from 'vitest';
import { Loop } from './loop.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

function loopOf(round: (signal: AbortSignal) => Promise<'more' | 'idle'>) {
  const clock = new TestClock();
  return { clock, loop: new Loop({ name: 'test', clock, logger, everyMs: 1000, round }) };
}

describe('Loop', () => {
  it('runs a round, waits, runs the next', async () => {
    let rounds = 0;
    const { clock, loop } = loopOf(async () => {
      rounds += 1;
      return 'idle';
    });
    await clock.advance(0);
    expect(rounds).toBe(1);
    await clock.advance(999);
    expect(rounds).toBe(1);
    await clock.advance(1);
    expect(rounds).toBe(2);
    await loop[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });

  it('goes on at once while there is more', async () => {
    let left = 5;
    const { clock, loop } = loopOf(async () => {
      left -= 1;
      return left > 0 ? 'more' : 'idle';
    });
    await clock.advance(0);
    expect(left).toBe(0);
    await loop[Symbol.asyncDispose]();
  });

  it('is woken out of its pause, and out of the round that runs', async () => {
    let rounds = 0;
    const { clock, loop } = loopOf(async () => {
      rounds += 1;
      if (rounds === 2) loop.wake();
      return 'idle';
    });
    await clock.advance(0);
    loop.wake();
    await clock.advance(0);
    expect(rounds).toBe(3);
    await loop[Symbol.asyncDispose]();
  });

  it('doubles its pause while rounds fail, up to half a minute, and starts afresh', async () => {
    const at: number[] = [];
    let isBroken = true;
    const { clock, loop } = loopOf(async () => {
      at.push(clock.monotonicMs());
      if (isBroken) throw new Error('Postgres is away');
      return 'idle';
    });
    await clock.advance(100_000);
    expect(at).toEqual([0, 2000, 6000, 14_000, 30_000, 60_000, 90_000]);
    isBroken = false;
    await clock.advance(22_000);
    expect(at.slice(7)).toEqual([120_000, 121_000, 122_000]);
    await loop[Symbol.asyncDispose]();
  });

  it('waits, when stopped, for the round that runs, and starts none after', async () => {
    const steps: string[] = [];
    const { clock, loop } = loopOf(
      (signal) =>
        new Promise((resolve) => {
          steps.push('started');
          signal.addEventListener('abort', () =>
            setImmediate(() => {
              steps.push('ended');
              resolve('more');
            }),
          );
        }),
    );
    await clock.advance(0);
    await loop[Symbol.asyncDispose]();
    await clock.advance(10_000);
    expect(steps).toEqual(['started', 'ended']);
  });
});
