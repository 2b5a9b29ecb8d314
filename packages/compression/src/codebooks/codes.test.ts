import { randomStream } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, levelTable } from './assign.ts';
import { codeRange } from './code-range.ts';
import { initializeCodebooks } from './initialize-codebooks.ts';
import { reseedLevels } from './reseed-levels.ts';
import { snapCodes } from './snap-codes.ts';

const problem = fc.integer({ min: 2, max: 8 }).chain((bits) =>
  fc.tuple(
    fc.constant(bits),
    fc.array(
      fc.oneof(
        fc.integer({ min: -20, max: 20 }).map((x) => x / 10),
        fc.float({ min: -3, max: 3, noNaN: true }),
      ),
      {
        minLength: 2,
        maxLength: Math.min(40, 2 ** bits),
      },
    ),
  ),
);

describe('snapped codes', () => {
  it('are M different integers of the bits, in the order of the levels', () => {
    fc.assert(
      fc.property(problem, ([bits, levels]) => {
        const { codes, delta } = snapCodes(levels, bits);
        const { lowest, highest } = codeRange(bits);
        expect(delta).toBeGreaterThan(0);
        expect(delta).toBe(Math.fround(delta));
        expect(new Set(codes).size).toBe(levels.length);
        expect(codes.every((code) => code >= lowest && code <= highest)).toBe(true);
        levels.forEach((a, i) => {
          levels.forEach((b, j) => {
            if (a < b) expect(codes[i]!).toBeLessThan(codes[j]!);
          });
        });
      }),
      { numRuns: 500 },
    );
  });

  it('are plainly rounded where nothing collides', () => {
    fc.assert(
      fc.property(problem, ([bits, levels]) => {
        const { codes, delta } = snapCodes(levels, bits);
        const rounded = levels.map((c) => Math.round(c / delta) + 0);
        fc.pre(new Set(rounded).size === levels.length);
        expect([...codes]).toEqual(rounded);
      }),
      { numRuns: 500 },
    );
  });

  it('have Δ = max|c| / (2^(b−1) − 1)', () => {
    expect(snapCodes([-1, 0.5, 2.54], 8)).toEqual({
      codes: Int8Array.of(-50, 25, 127),
      delta: Math.fround(2.54 / 127),
    });
    expect(snapCodes([-7, 0.4, 3], 4).delta).toBe(1);
  });

  it('move apart by one step where they collide', () => {
    expect([...snapCodes([-7, 2.9, 3.1, 7], 4).codes]).toEqual([-7, 3, 4, 7]);
    expect([...snapCodes([6.9, 6.95, 7], 4).codes]).toEqual([5, 6, 7]);
  });

  it('are all of the grid when M = 2^b', () => {
    expect([...snapCodes([-0.3, -0.1, 0.2, 0.9], 2).codes]).toEqual([-2, -1, 0, 1]);
  });

  it('follow the latent order when levels have crossed', () => {
    expect([...snapCodes([0.5, -1, 1], 8).codes]).toEqual([64, -127, 127]);
  });

  it('keep a given step, and clip what leaves its range', () => {
    expect([...snapCodes([-9, 0.6, 20], 4, { delta: 1 }).codes]).toEqual([-8, 1, 7]);
  });

  it('of zeros are zeros with some step', () => {
    const { codes, delta } = snapCodes([0, 0, 0, 0], 8);
    expect(new Set(codes).size).toBe(4);
    expect(delta).toBeGreaterThan(0);
  });
});

describe('assignment', () => {
  it('is the nearest stored value, by brute force, whatever the order of the codes', () => {
    fc.assert(
      fc.property(
        problem,
        fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 30 }),
        ([bits, levels], weights) => {
          const snapped = snapCodes(levels, bits);
          const values = Array.from(snapped.codes, (code) => Math.fround(snapped.delta * code));
          const assigned = assign(Float32Array.from(weights), levelTable(snapped));
          for (const [i, weight] of weights.entries()) {
            const nearest = Math.min(...values.map((value) => Math.abs(value - weight)));
            expect(Math.abs(values[assigned[i]!]! - weight)).toBeCloseTo(nearest, 12);
          }
        },
      ),
    );
  });

  it('gives a tie to the lower value', () => {
    const snapped = { codes: Int8Array.of(2, -2, 0), delta: 1 };
    expect([...assign(Float32Array.of(-3, -1, -0.99, 1, 1.01, 9), levelTable(snapped))]).toEqual([
      1, 1, 2, 2, 0, 0,
    ]);
  });
});

describe('the start of codebooks', () => {
  const stream = randomStream(4, 'init', 0);
  const tensor = { shape: [3, 3, 4, 6], data: Float32Array.from({ length: 216 }, () => stream.normal()) };
  const error = (levels: Float32Array, bits: number) => {
    const snapped = snapCodes(levels, bits);
    const assigned = assign(tensor.data, levelTable(snapped));
    return tensor.data.reduce(
      (sum, w, i) => sum + (w - snapped.delta * snapped.codes[assigned[i]!]!) ** 2,
      0,
    );
  };

  it('has one group per layer, per channel, or for all layers', () => {
    const options = { levels: 4, bits: 8 } as const;
    expect(initializeCodebooks(tensor, { ...options, group: 'layer' }).length).toBe(4);
    const perChannel = initializeCodebooks(tensor, { ...options, group: 'channel' });
    expect(perChannel.length).toBe(24);
    const column = { shape: [36, 1], data: tensor.data.filter((_, i) => i % 6 === 2) };
    expect(perChannel.slice(8, 12)).toEqual(initializeCodebooks(column, { ...options, group: 'layer' }));
    const twice = initializeCodebooks([tensor, tensor], { ...options, group: 'network' });
    expect(twice).toEqual(initializeCodebooks(tensor, { ...options, group: 'layer' }));
  });

  it.each([
    [2, [-1, 1]],
    [3, [-1, 0, 1]],
    [4, [-2, -1, 0, 1]],
    [16, Array.from({ length: 16 }, (_, k) => k - 8)],
  ])('of %i levels starts from LSQ’s grid where it is asked to', (count, grid) => {
    const levels = initializeCodebooks(tensor, {
      levels: count,
      bits: 8,
      group: 'layer',
      initialization: 'uniform',
    });
    const mean = tensor.data.reduce((sum, w) => sum + Math.abs(w), 0) / tensor.data.length;
    const step = (2 * mean) / Math.sqrt(grid.at(-1)!);
    for (const [k, code] of grid.entries()) expect(levels[k]).toBeCloseTo(step * code, 5);
  });

  it('searches the step of the grid when M = 2^b', () => {
    const levels = initializeCodebooks(tensor, { levels: 4, bits: 2, group: 'layer' });
    const chosen = error(levels, 2);
    for (const factor of [0.5, 0.9, 1.1, 2])
      expect(chosen).toBeLessThan(
        error(
          levels.map((c) => c * factor),
          2,
        ),
      );
  });

  it('gives M levels also where there are fewer different weights', () => {
    for (const data of [
      [0, 0, 0],
      [1, 1, 2],
      [-3, -3, -3],
    ]) {
      const levels = initializeCodebooks(
        { shape: [3, 1], data: Float32Array.from(data) },
        { levels: 5, bits: 8, group: 'layer' },
      );
      expect(levels.length).toBe(5);
      const snapped = snapCodes(levels, 8);
      const assigned = assign(Float32Array.from(data), levelTable(snapped));
      data.forEach((w, i) => {
        expect(snapped.delta * snapped.codes[assigned[i]!]!).toBeCloseTo(w, 1);
      });
    }
  });
});

describe('starved levels', () => {
  const options = { levels: 4, bits: 8, group: 'layer' } as const;
  const data = Float32Array.from({ length: 2000 }, (_, i) =>
    i < 1000 ? -1 + i / 5000 : 1 + (i % 100) / 500,
  );
  const tensor = { shape: [2000, 1], data };

  it('take half of the level with the most weights', () => {
    const before = Float32Array.of(-0.9, 1.1, 2.5, 3);
    const { levels, moved } = reseedLevels(tensor, before, options);
    expect(moved.length).toBeGreaterThanOrEqual(3);
    const counts = [0, 0, 0, 0];
    for (const k of assign(data, levelTable(snapCodes(levels, 8)))) counts[k]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(2);
    expect([...before]).toEqual([...Float32Array.of(-0.9, 1.1, 2.5, 3)]);
  });

  it('stay when all levels are used, when nothing can be split, and on a grid', () => {
    const used = initializeCodebooks(tensor, options);
    expect(reseedLevels(tensor, used, options)).toEqual({ levels: used, moved: [] });
    const equal = { shape: [50, 1], data: new Float32Array(50).fill(2) };
    expect(reseedLevels(equal, Float32Array.of(0, 1, 2, 3), options).moved).toEqual([]);
    expect(reseedLevels(tensor, Float32Array.of(5, 6, 7, 8), { ...options, bits: 2 }).moved).toEqual([]);
  });

  it('stay when they are the only one on their side of a pinned zero', () => {
    const ternary = { levels: 3, bits: 8, group: 'layer', pinZero: true } as const;
    const values = new Float32Array(2000).fill(-1, 0, 1500);
    // One of two thousand weights uses the positive level.
    values[1999] = 3;
    const before = Float32Array.of(-1, 0, 3);
    expect(reseedLevels({ shape: [2000, 1], data: values }, before, ternary)).toEqual({
      levels: before,
      moved: [],
    });
    // Two levels of the other side share its work, whoever else is starved.
    const spread = values.map((value, i) => (value === -1 ? -1 - (i % 2) : value));
    const { levels, moved } = reseedLevels(
      { shape: [2000, 1], data: spread },
      Float32Array.of(-9, -1.5, 0, 3),
      { ...ternary, levels: 4 },
    );
    expect(moved).toEqual([0, 1]);
    expect([...levels].sort((x, y) => x - y)).toEqual([-2, -1, 0, 3]);
  });

  it('are reseeded within their own channel', () => {
    const two = {
      shape: [1000, 2],
      data: Float32Array.from({ length: 2000 }, (_, i) => (i % 2 === 0 ? i / 2000 : -i / 2000)),
    };
    const levels = Float32Array.of(0.2, 0.5, 0.7, 0.9, -0.1, -0.2, 5, 6);
    expect(reseedLevels(two, levels, { ...options, group: 'channel' }).moved.every((k) => k >= 4)).toBe(true);
  });
});
