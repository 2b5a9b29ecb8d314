/** Matchers for arrays of numbers and tensors. Importing this file registers them; the leak checks do. */
import { expect } from 'vitest';

/** A typed array, nested arrays of numbers, or anything with `dataSync`, such as a tensor. */
export type Numbers = ArrayLike<number> | readonly unknown[] | { dataSync(): ArrayLike<number> };

export interface Tolerance {
  /** |received − expected| may be this much. Default 1e-6. */
  readonly absolute?: number;
  /** … plus this share of |expected|. Default 1e-5. */
  readonly relative?: number;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration must repeat the original's default
  interface Matchers<T = any> {
    /** Same length, and every element within the tolerance; NaN equals only NaN. */
    toBeCloseToArray(expected: Numbers, tolerance?: Tolerance): T;
    /** The same bits in 32-bit floats: tells 0 from −0. */
    toBeBitIdenticalTo(expected: Numbers): T;
  }
}

expect.extend({
  toBeCloseToArray(received: Numbers, expected: Numbers, tolerance: Tolerance = {}) {
    const problem = farthest(flatten(received), flatten(expected), tolerance);
    return {
      pass: problem === undefined,
      message: () => problem ?? 'expected the arrays to differ by more than the tolerance',
    };
  },
  toBeBitIdenticalTo(received: Numbers, expected: Numbers) {
    const problem = firstBitDifference(flatten(received), flatten(expected));
    return { pass: problem === undefined, message: () => problem ?? 'expected the bits to differ' };
  },
});

function flatten(numbers: Numbers): number[] {
  if (typeof numbers === 'object' && 'dataSync' in numbers) return Array.from(numbers.dataSync());
  return (Array.from(numbers as ArrayLike<unknown>) as unknown[]).flat(Number.POSITIVE_INFINITY) as number[];
}

function farthest(received: number[], expected: number[], tolerance: Tolerance): string | undefined {
  const { absolute = 1e-6, relative = 1e-5 } = tolerance;
  if (received.length !== expected.length) return lengths(received, expected);
  let worst = { excess: 0, index: -1 };
  let count = 0;
  for (const [index, want] of expected.entries()) {
    const got = received[index] ?? Number.NaN;
    if (Object.is(got, want) || got === want) continue;
    const excess = Math.abs(got - want) - (absolute + relative * Math.abs(want));
    if (excess <= 0) continue;
    count += 1;
    // A comparison with NaN is false both ways: NaN is the worst of all.
    if (Number.isNaN(excess)) worst = { excess: Number.POSITIVE_INFINITY, index };
    else if (excess > worst.excess) worst = { excess, index };
  }
  if (count === 0) return undefined;
  const { index } = worst;
  return `${count} of ${expected.length} elements differ; the worst is [${index}]: received ${received[index]}, expected ${expected[index]} (absolute ${absolute}, relative ${relative})`;
}

function firstBitDifference(received: number[], expected: number[]): string | undefined {
  if (received.length !== expected.length) return lengths(received, expected);
  const got = new Uint32Array(Float32Array.from(received).buffer);
  const want = new Uint32Array(Float32Array.from(expected).buffer);
  const index = want.findIndex((bits, position) => bits !== got[position]);
  if (index < 0) return undefined;
  const count = want.filter((bits, position) => bits !== got[position]).length;
  return `${count} of ${want.length} elements differ in their bits; the first is [${index}]: received ${received[index]}, expected ${expected[index]}`;
}

function lengths(received: number[], expected: number[]): string {
  return `received ${received.length} elements, expected ${expected.length}`;
}
