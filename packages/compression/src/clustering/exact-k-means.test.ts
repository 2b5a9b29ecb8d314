import { randomStream } from '@spikefit/specification';
import fc from 'fast-check';
import { ckmeans } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { exactKMeans } from './exact-k-means.ts';

/** Least cost over all ways to cut the sorted values into k intervals. */
function bruteForceCost(sorted: readonly number[], k: number): number {
  const cost = (part: readonly number[]) => {
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    return part.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  };
  const best = (from: number, left: number): number => {
    if (left === 1) return cost(sorted.slice(from));
    let least = Number.POSITIVE_INFINITY;
    for (let to = from + 1; to <= sorted.length - left + 1; to++) {
      least = Math.min(least, cost(sorted.slice(from, to)) + best(to, left - 1));
    }
    return least;
  };
  return best(0, k);
}

const normals = (count: number, seed = 1): Float32Array => {
  const stream = randomStream(seed, 'init', 0);
  return Float32Array.from({ length: count }, () => stream.normal());
};

describe('exact k-means', () => {
  it('has the least cost of all partitions, and its centres are the means of its clusters', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 11 }),
        fc.integer({ min: 1, max: 5 }),
        (integers, levels) => {
          const values = Float32Array.from(integers, (x) => x / 8);
          const { centers, counts, cost } = exactKMeans({ values, levels });
          const unique = new Set(values).size;
          expect(centers.length).toBe(Math.min(levels, unique));
          expect(counts.reduce((a, b) => a + b, 0)).toBe(values.length);
          const sorted = [...values].sort((a, b) => a - b);
          expect(cost).toBeCloseTo(bruteForceCost(sorted, centers.length), 8);
          let at = 0;
          for (const [k, count] of counts.entries()) {
            const own = sorted.slice(at, at + count);
            expect(centers[k]).toBeCloseTo(own.reduce((a, b) => a + b, 0) / count, 6);
            at += count;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([2, 4, 16])('agrees with another implementation on 2 000 normal values, %i levels', (levels) => {
    const values = normals(2000);
    const { centers, counts } = exactKMeans({ values, levels });
    const clusters = ckmeans([...values], levels);
    expect([...counts]).toEqual(clusters.map((cluster) => cluster.length));
    for (const [k, cluster] of clusters.entries()) {
      expect(centers[k]).toBeCloseTo(cluster.reduce((a, b) => a + b, 0) / cluster.length, 9);
    }
  });

  it('finds the known optimum of four levels for a normal distribution', () => {
    // Max 1960, Quantizing for Minimum Distortion: ±0.4528 and ±1.510, mean squared error 0.1175.
    const values = normals(200_000);
    const { centers, cost } = exactKMeans({ values, levels: 4 });
    for (const [k, expected] of [-1.51, -0.4528, 0.4528, 1.51].entries()) {
      expect(Math.abs(centers[k]! - expected)).toBeLessThan(0.02);
    }
    expect(cost / values.length).toBeCloseTo(0.1175, 2);
  });

  it('loses next to nothing on a histogram', () => {
    const values = normals(20_000);
    const exact = exactKMeans({ values, levels: 8 });
    const binned = exactKMeans({ values, levels: 8, maxPoints: 2048 });
    expect(binned.counts.reduce((a, b) => a + b, 0)).toBe(20_000);
    for (const [k, center] of exact.centers.entries())
      expect(Math.abs(binned.centers[k]! - center)).toBeLessThan(5e-3);
  });

  it('takes values far from zero without losing their differences', () => {
    const values = Float64Array.of(1e8, 1e8 + 1, 1e8 + 10, 1e8 + 11);
    expect([...exactKMeans({ values, levels: 2 }).centers]).toEqual([1e8 + 0.5, 1e8 + 10.5]);
  });

  it('of nothing is nothing', () => {
    expect(exactKMeans({ values: new Float32Array(0), levels: 4 }).centers.length).toBe(0);
  });
});
