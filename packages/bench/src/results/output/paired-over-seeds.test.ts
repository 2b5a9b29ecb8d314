import { expect, test } from 'vitest';
import { pairedOverSeeds } from './paired-over-seeds.ts';

const bySeed = (...values: number[]): Map<number, number> =>
  new Map(values.map((value, i) => [i + 1, value]));

test("Student's interval of paired differences", () => {
  // R: t.test(c(90, 91, 93), c(89, 91, 90), paired = TRUE): mean 1.333333, [-2.461, 5.128]
  const { mean, interval, seeds } = pairedOverSeeds(bySeed(90, 91, 93), bySeed(89, 91, 90));
  expect(mean).toBeCloseTo(4 / 3, 12);
  expect(interval!.low).toBeCloseTo(-2.4612, 3);
  expect(interval!.high).toBeCloseTo(5.1279, 3);
  expect(seeds).toBe(3);
});

test('only seeds that both have count; one gives no interval', () => {
  const other = new Map([
    [2, 80],
    [7, 1],
  ]);
  expect(pairedOverSeeds(bySeed(90, 91), other)).toEqual({ mean: 11, interval: null, seeds: 1 });
  expect(() => pairedOverSeeds(bySeed(90), new Map([[2, 80]]))).toThrow(RangeError);
});
