import { describe, expect, it } from 'vitest';
import { randomPurposes, randomStream } from './random-stream.ts';
import { murmur3 } from './seed-hash.ts';

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);
const pinned = [1611516416, 3666178963, 919287834, 1951898837];
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('murmur3', () => {
  it('agrees with published values of MurmurHash3_x86_32', () => {
    const word = (text: string) =>
      text.split('').reduce((bits, c, i) => bits | (c.charCodeAt(0) << (8 * i)), 0);
    expect(murmur3([], 0) >>> 0).toBe(0);
    expect(murmur3([], 1) >>> 0).toBe(0x514e28b7);
    expect(murmur3([word('test')], 0) >>> 0).toBe(0xba6bd213);
    expect(murmur3([word('test')], 0x9747b28c) >>> 0).toBe(0x704b81dc);
    expect(murmur3([word('aaaa')], 0x9747b28c) >>> 0).toBe(0x5a97808a);
  });
});

describe('randomStream', () => {
  it('is a function of its arguments, pinned: other values would change every job ever run', () => {
    const stream = randomStream(1, 'init');
    expect(draw(4, stream.uint32)).toEqual(pinned);
    expect(draw(4, randomStream(1, 'init').uint32)).toEqual(pinned);
  });

  it('keeps streams apart by seed, purpose, indices and the number of indices', () => {
    const seen = new Set<string>();
    let streams = 0;
    const add = (...of: Parameters<typeof randomStream>) => {
      const stream = randomStream(...of);
      seen.add(`${stream.uint32()} ${stream.uint32()}`);
      streams++;
    };
    for (const purpose of randomPurposes) {
      for (const seed of [0, 1, 2, 2 ** 31 - 1, 2 ** 32, 2 ** 53 - 1]) {
        add(seed, purpose);
        for (let a = 0; a < 20; a++) {
          add(seed, purpose, a);
          for (let b = 0; b < 20; b++) add(seed, purpose, a, b);
        }
      }
    }
    expect(seen.size).toBe(streams);
  });

  it('gives neighbouring seeds unrelated streams', () => {
    const n = 4000;
    const a = draw(n, randomStream(7, 'shuffle', 3).uniform);
    for (const other of [
      randomStream(8, 'shuffle', 3),
      randomStream(7, 'shuffle', 4),
      randomStream(7, 'augment', 3),
    ]) {
      const b = draw(n, other.uniform);
      const correlation = (12 * a.reduce((sum, value, i) => sum + (value - 0.5) * (b[i]! - 0.5), 0)) / n;
      // Four standard deviations of the correlation of independent streams.
      expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(n));
    }
  });

  it('draws uniform numbers in [0, 1)', () => {
    const values = draw(100_000, randomStream(3, 'encode').uniform);
    expect(Math.min(...values.slice(0, 50_000))).toBeGreaterThanOrEqual(0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const buckets = new Array<number>(100).fill(0);
    for (const value of values) buckets[Math.floor(value * 100)]!++;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99 degrees of freedom: mean 99, standard deviation 14.1.
    expect(chiSquare).toBeGreaterThan(50);
    expect(chiSquare).toBeLessThan(160);
  });

  it('draws normal numbers with mean 0, variance 1 and kurtosis 3', () => {
    const n = 100_000;
    const values = draw(n, randomStream(4, 'init', 2).normal);
    const average = mean(values);
    const variance = mean(values.map((value) => (value - average) ** 2));
    const kurtosis = mean(values.map((value) => (value - average) ** 4)) / variance ** 2;
    expect(Math.abs(average)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / n));
    // Neighbours share a radius; they must still be uncorrelated.
    const pairs = mean(values.slice(1).map((value, i) => value * values[i]!));
    expect(Math.abs(pairs)).toBeLessThan(4 / Math.sqrt(n));
  });

  it('draws integers below n, all equally likely', () => {
    const stream = randomStream(5, 'subset');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.integer(7)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(draw(5, () => stream.integer(1))).toEqual([0, 0, 0, 0, 0]);
    expect(draw(1000, () => stream.integer(2 ** 32)).some((value) => value >= 2 ** 31)).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 32 + 1])('refuses integers below %s', (n) => {
    expect(() => randomStream(1, 'fsc').integer(n)).toThrow(
      expect.objectContaining({ code: 'internal.error' }),
    );
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses %s as seed or index', (value) => {
    expect(() => randomStream(value, 'fsc')).toThrow(expect.objectContaining({ code: 'internal.error' }));
    expect(() => randomStream(1, 'fsc', value)).toThrow(expect.objectContaining({ code: 'internal.error' }));
  });

  it('shuffles arrays and typed arrays in place, every order equally likely', () => {
    const typed = Int32Array.from({ length: 100 }, (_, i) => i);
    const shuffled = randomStream(1, 'shuffle', 9).shuffle(typed);
    expect(shuffled).toBe(typed);
    expect(Array.from(typed)).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(Array.from(typed).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));

    const orders = new Map<string, number>();
    const stream = randomStream(2, 'shuffle');
    for (let i = 0; i < 24_000; i++) {
      const order = stream.shuffle(['a', 'b', 'c', 'd']).join('');
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(160);
  });
});
