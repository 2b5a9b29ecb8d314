import type { Directive } from '@spikefit/database';
import { TestClock } from '@spikefit/testkit';
import { describe, expect, it } from 'vitest';
import { Heartbeat } from './heartbeat.ts';

interface Scene {
  clock: TestClock;
  heartbeat: Heartbeat;
  heard: Directive[];
  beats: number[];
  locks: number[];
  failures: unknown[];
}

/** Heartbeat every 5 s, lease 30 s. */
function scene(answer: (beat: number) => Promise<Directive>, renewLock = async () => true): Scene {
  const clock = new TestClock();
  const heard: Directive[] = [];
  const beats: number[] = [];
  const locks: number[] = [];
  const failures: unknown[] = [];
  const heartbeat = new Heartbeat({
    clock,
    everyMs: 5000,
    leaseMs: 30_000,
    renewLease: () => {
      beats.push(clock.monotonicMs());
      return answer(beats.length);
    },
    renewLock: () => {
      locks.push(clock.monotonicMs());
      return renewLock();
    },
    onDirective: (directive) => heard.push(directive),
    onFailure: (error) => failures.push(error),
  });
  return { clock, heartbeat, heard, beats, locks, failures };
}

describe('Heartbeat', () => {
  it('renews lease and lock together until it is disposed', async () => {
    const { clock, heartbeat, heard, beats, locks } = scene(async () => 'continue');
    await clock.advance(15_000);
    expect(beats).toEqual([5000, 10_000, 15_000]);
    expect(locks).toEqual(beats);
    heartbeat[Symbol.dispose]();
    await clock.advance(60_000);
    expect(beats).toHaveLength(3);
    expect(heard).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it.each(['cancel', 'pause', 'lost'] as const)('brings back %s', async (directive) => {
    const { clock, heartbeat, heard } = scene(async (beat) => (beat === 2 ? directive : 'continue'));
    await clock.advance(9999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual([directive]);
    heartbeat[Symbol.dispose]();
  });

  it('does not mind that Redis is away', async () => {
    const { clock, heartbeat, heard, failures } = scene(
      async () => 'continue',
      () => Promise.reject(new Error('Redis is away')),
    );
    await clock.advance(60_000);
    expect(heard).toEqual([]);
    expect(failures).toHaveLength(12);
    heartbeat[Symbol.dispose]();
  });

  it('survives an outage of Postgres shorter than the lease', async () => {
    const { clock, heartbeat, heard, failures } = scene(async (beat) => {
      if (beat >= 2 && beat <= 6) throw new Error('Postgres is away');
      return 'continue';
    });
    await clock.advance(60_000);
    expect(failures).toHaveLength(5);
    expect(heard).toEqual([]);
    heartbeat[Symbol.dispose]();
  });

  it('takes the lease for lost when Postgres is away for longer', async () => {
    const { clock, heartbeat, heard } = scene(async (beat) => {
      if (beat >= 2) throw new Error('Postgres is away');
      return 'continue';
    });
    await clock.advance(35_000);
    expect(heard).toEqual([]);
    await clock.advance(5000);
    expect(heard).toEqual(['lost']);
    heartbeat[Symbol.dispose]();
  });

  it('takes the lease for lost when Postgres does not answer at all', async () => {
    const { clock, heartbeat, heard, beats } = scene(() => new Promise(() => {}));
    await clock.advance(35_000);
    expect(heard).toEqual([]);
    await clock.advance(5000);
    expect(heard).toEqual(['lost']);
    expect(beats).toEqual([5000]);
    heartbeat[Symbol.dispose]();
  });

  it('beats early when poked, but at most once a second', async () => {
    const { clock, heartbeat, beats } = scene(async () => 'continue');
    for (let index = 0; index < 40; index += 1) {
      await clock.advance(100);
      heartbeat.poke();
    }
    expect(beats).toEqual([1000, 2000, 3000, 4000]);
    heartbeat[Symbol.dispose]();
    heartbeat.poke();
    expect(beats).toHaveLength(4);
  });
});
