import { randomStream } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { pairedDifferenceInterval, pairedOutcomes } from './paired-difference.ts';
import { accuracyOf, wilsonInterval } from './wilson-interval.ts';

describe("Wilson's interval", () => {
  it.each([
    // R: prop.test(x, n, correct = FALSE)$conf.int
    [9, 10, 0.59585, 0.9821238],
    [8650, 10_000, 0.858162, 0.8715586],
    [0, 20, 0, 0.1611252],
    [20, 20, 0.8388748, 1],
  ])('of %i in %i', (correct, n, low, high) => {
    const interval = wilsonInterval(correct, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('of no samples is everything', () => {
    expect(accuracyOf(0, 0)).toMatchObject({ value: 0, interval: { low: 0, high: 1 } });
    expect(accuracyOf(3, 4)).toMatchObject({
      value: 0.75,
      correct: 3,
      n: 4,
      interval: { level: 0.95, method: 'wilson' },
    });
  });
});

describe('paired differences', () => {
  it('count the samples on which one alone is right', () => {
    expect(pairedOutcomes([1, 1, 0, 0, 1], [1, 0, 1, 0, 0])).toEqual({ n: 5, onlyFirst: 2, onlySecond: 1 });
  });

  it('have the interval of Agresti and Min: their formula on a table of 1600', () => {
    // Approval ratings of Agresti, Categorical Data Analysis: 150 and 86 discordant of 1600.
    const { value, low, high } = pairedDifferenceInterval({ n: 1600, onlyFirst: 150, onlySecond: 86 });
    expect(value).toBeCloseTo(-0.04, 12);
    expect(low).toBeCloseTo(-0.0588, 3);
    expect(high).toBeCloseTo(-0.0212, 3);
  });

  it('keep a width where the methods never differ', () => {
    const { value, low, high } = pairedDifferenceInterval({ n: 1000, onlyFirst: 0, onlySecond: 0 });
    expect(value).toBe(0);
    expect(low).toBeLessThan(0);
    expect(high).toBeCloseTo(-low, 12);
    expect(high).toBeLessThan(0.005);
  });

  it('cover the true difference in about 95 of 100 samples', () => {
    const stream = randomStream(5, 'subset', 0);
    let covered = 0;
    const rounds = 1000;
    for (let round = 0; round < rounds; round++) {
      let onlyFirst = 0;
      let onlySecond = 0;
      for (let i = 0; i < 400; i++) {
        const u = stream.uniform();
        if (u < 0.06) onlyFirst += 1;
        else if (u < 0.1) onlySecond += 1;
      }
      const { low, high } = pairedDifferenceInterval({ n: 400, onlyFirst, onlySecond });
      if (low <= -0.02 && -0.02 <= high) covered += 1;
    }
    expect(covered / rounds).toBeGreaterThan(0.93);
    expect(covered / rounds).toBeLessThan(0.975);
  });
});
