import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedQuotas } from './stratified-quotas.ts';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const none = (sizes: readonly number[]) => sizes.map(() => 0);

describe('stratifiedQuotas', () => {
  it('shares by the largest remainder, ties to the lower class', () => {
    expect(stratifiedQuotas([50, 30, 20], 10, [0, 0, 0], [50, 30, 20])).toEqual([5, 3, 2]);
    expect(stratifiedQuotas([10, 10, 10], 5, [0, 0, 0], [10, 10, 10])).toEqual([2, 2, 1]);
    expect(stratifiedQuotas([97, 2, 1], 3, [1, 1, 1], [97, 2, 1])).toEqual([1, 1, 1]);
    expect(stratifiedQuotas([90, 10], 10, [0, 0], [5, 10])).toEqual([5, 5]);
    expect(stratifiedQuotas([0, 0], 0, [0, 0], [0, 0])).toEqual([0, 0]);
  });

  it('sums exactly, keeps the bounds and stays within one of the share where no bound holds it', () => {
    const cases = fc
      .array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 12 })
      .chain((sizes) => fc.tuple(fc.constant(sizes), fc.integer({ min: 0, max: sum(sizes) })));
    fc.assert(
      fc.property(cases, ([sizes, total]) => {
        const quotas = stratifiedQuotas(sizes, total, none(sizes), sizes);
        expect(sum(quotas)).toBe(total);
        for (const [c, size] of sizes.entries()) {
          expect(quotas[c]).toBeGreaterThanOrEqual(0);
          expect(quotas[c]).toBeLessThanOrEqual(size);
          if (sum(sizes) > 0) expect(Math.abs(quotas[c]! - (size * total) / sum(sizes))).toBeLessThan(1);
        }
      }),
    );
  });

  it('refuses what its bounds do not allow', () => {
    expect(() => stratifiedQuotas([3, 3], 7, [0, 0], [3, 3])).toThrow(
      expect.objectContaining({ code: 'internal.error' }),
    );
    expect(() => stratifiedQuotas([3, 3], 1, [1, 1], [3, 3])).toThrow(
      expect.objectContaining({ code: 'internal.error' }),
    );
  });
});
