import { expect, test } from 'vitest';
import { describeOverSeeds, overSeeds, signed } from './over-seeds.ts';

test('mean and sample deviation, with n − 1', () => {
  // Deviations −1, 0, 1: variance 2/2.
  expect(overSeeds([90, 91, 92])).toEqual({ mean: 91, deviation: 1, seeds: 3 });
  expect(overSeeds([90])).toEqual({ mean: 90, deviation: null, seeds: 1 });
  expect(() => overSeeds([])).toThrow(RangeError);
});

test('a single seed is shown without a deviation', () => {
  expect(describeOverSeeds(overSeeds([-0.5, -1.5]), 2)).toBe('−1.00 ± 0.71');
  expect(describeOverSeeds(overSeeds([0.456]), 1)).toBe('0.5');
});

test('nothing is minus nothing', () => {
  expect([-0.004, 0, -0.006].map((value) => signed(value, 2))).toEqual(['0.00', '0.00', '−0.01']);
});
