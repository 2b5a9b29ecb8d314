import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jitterShare, retryDelayMs, retryDelaysMs } from './retry-schedule.ts';

const day = 86_400_000;

describe('retryDelayMs', () => {
  it('spans about three days in ten attempts, then gives up', () => {
    const total = retryDelaysMs.reduce((sum, delay) => sum + delay, 0);
    expect(total / day).toBeGreaterThan(2.8);
    expect(total / day).toBeLessThan(3.5);
    expect(retryDelayMs('dlv_x', retryDelaysMs.length)).not.toBeNull();
    expect(retryDelayMs('dlv_x', retryDelaysMs.length + 1)).toBeNull();
    expect([...retryDelaysMs].sort((a, b) => a - b)).toEqual([...retryDelaysMs]);
  });

  it('stays within the jitter and answers the same twice', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        for (const [index, base] of retryDelaysMs.entries()) {
          const delay = retryDelayMs(id, index + 1);
          expect(delay).toBe(retryDelayMs(id, index + 1));
          expect(delay).toBeGreaterThanOrEqual(Math.floor(base * (1 - jitterShare)));
          expect(delay).toBeLessThanOrEqual(Math.ceil(base * (1 + jitterShare)));
        }
      }),
    );
  });

  it('spreads deliveries', () => {
    const delays = new Set(Array.from({ length: 100 }, (_, index) => retryDelayMs(`dlv_${index}`, 3)));
    expect(delays.size).toBeGreaterThan(95);
  });
});
