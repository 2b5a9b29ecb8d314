import { expect, test } from 'vitest';
import { accuracyOf, pairedDifference } from './paired-difference.ts';

test('one seed: the mean difference, and an interval from the images that changed', () => {
  // Differences 0, −1, +1, −1: mean −¼, sample variance 11/12.
  const { mean, low, high } = pairedDifference([['1101', '1010']]);
  expect(mean).toBeCloseTo(-25);
  expect(high - mean).toBeCloseTo(1.959964 * 100 * Math.sqrt(11 / 12 / 4));
  expect(mean - low).toBeCloseTo(high - mean);
});

test('seeds are averaged per image, so that agreeing runs are no further evidence', () => {
  const once = pairedDifference([['1100', '1010']]);
  const twice = pairedDifference([
    ['1100', '1010'],
    ['1100', '1010'],
  ]);
  expect(twice).toEqual(once);
});

test('opposite changes cancel', () => {
  const { mean, low, high } = pairedDifference([
    ['10', '01'],
    ['01', '10'],
  ]);
  expect([mean, low, high]).toEqual([0, 0, 0]);
});

test('runs over different images are refused', () => {
  expect(() => pairedDifference([['10', '100']])).toThrow(RangeError);
  expect(() => pairedDifference([])).toThrow(RangeError);
});

test('accuracy', () => {
  expect(accuracyOf('1101')).toBe(0.75);
});
