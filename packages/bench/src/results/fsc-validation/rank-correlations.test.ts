import { expect, test } from 'vitest';
import { compareScores, rankCorrelation } from './rank-correlations.ts';

test("Spearman's ρ ignores scale and gives ties their mean rank", () => {
  expect(rankCorrelation([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
  // R: cor(c(0, 0, 1, 2), c(1, 2, 3, 4), method = "spearman")
  expect(rankCorrelation([0, 0, 1, 2], [1, 2, 3, 4])).toBeCloseTo(0.9486833, 7);
  expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBe(0);
});

const cost = Array.from({ length: 40 }, (_, channel) => channel);
const noisy = cost.map((value) => value + 15 * Math.sin(7 * value));
const layers = [
  { cost, scores: { fsc: noisy, taylor: noisy.map((value) => 2 * value), backwards: cost.map((c) => -c) } },
  { cost, scores: { fsc: noisy, taylor: noisy, backwards: cost.map((c) => -c) } },
];

test('differences are paired: a score of the same order differs by nothing', () => {
  const [fsc, taylor, backwards] = compareScores(layers, 'fsc');
  expect(fsc!.below).toBeNull();
  expect(fsc!.correlation.low).toBeLessThan(fsc!.correlation.value);
  expect(fsc!.correlation.high).toBeGreaterThan(fsc!.correlation.value);
  expect(taylor!.below).toEqual({ value: 0, low: 0, high: 0 });
  expect(backwards!.correlation.value).toBeCloseTo(-1, 12);
  expect(backwards!.below!.low).toBeGreaterThan(1);
});

test('more layers give a narrower interval', () => {
  const width = (count: number): number => {
    const many = Array.from({ length: count }, () => ({ cost, scores: { fsc: noisy } }));
    const { low, high } = compareScores(many, 'fsc')[0]!.correlation;
    return high - low;
  };
  expect(width(4)).toBeLessThan(0.8 * width(1));
});
