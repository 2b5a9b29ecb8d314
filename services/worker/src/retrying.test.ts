import { CodedError } from '@spikefit/contracts';
import { createLogger } from '@spikefit/telemetry';
import { TestClock } from '@spikefit/testkit';
import { describe, expect, it } from 'vitest';
import { retrying } from './retrying.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const away = () => new CodedError('service.unavailable', 'away');

describe('retrying', () => {
  it('repeats with growing pauses until it works', async () => {
    const clock = new TestClock();
    const at: number[] = [];
    const result = retrying(
      async () => {
        at.push(clock.monotonicMs());
        if (at.length < 8) throw away();
        return 'written';
      },
      { clock, logger, signal: new AbortController().signal },
    );
    await clock.advance(60_000);
    expect(await result).toBe('written');
    expect(at).toEqual([0, 200, 600, 1400, 3000, 6200, 11_200, 16_200]);
  });

  it('gives up after the tries it was given', async () => {
    const clock = new TestClock();
    let tries = 0;
    const result = retrying(
      () => {
        tries += 1;
        return Promise.reject(away());
      },
      { clock, logger, signal: new AbortController().signal, attempts: 3 },
    );
    const judged = expect(result).rejects.toThrow('away');
    await clock.advance(60_000);
    await judged;
    expect(tries).toBe(3);
  });

  it.each(['job.lease-lost', 'internal.error', 'object.corrupt'] as const)(
    'passes %s on at once',
    async (code) => {
      let tries = 0;
      const operation = () => {
        tries += 1;
        return Promise.reject(new CodedError(code, 'x'));
      };
      await expect(
        retrying(operation, { clock: new TestClock(), logger, signal: new AbortController().signal }),
      ).rejects.toMatchObject({ code });
      expect(tries).toBe(1);
    },
  );

  it('stops with the signal, also in a pause', async () => {
    const clock = new TestClock();
    const abort = new AbortController();
    const result = retrying(() => Promise.reject(away()), { clock, logger, signal: abort.signal });
    const judged = expect(result).rejects.toThrow('lost');
    await clock.advance(1000);
    abort.abort(new Error('lost'));
    await judged;
    expect(clock.pending).toBe(0);
  });
});
