import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadNativeAddon, nativeAddonStatus } from '../src/addon/load-addon.ts';
import type { InstructionSetName } from '../src/addon/native-addon.ts';
import { allCases } from './cases/all-cases.ts';

// How much a case computes is fixed; how long that takes beside other work on the machine is not.
vi.setConfig({ testTimeout: 300_000 });

const status = nativeAddonStatus();
const instructionSets: readonly InstructionSetName[] = ['avx512', 'avx2', 'baseline'];
const supported = status.available ? status.instructionSets : [];

/** The largest difference; NaN and infinities must be the same. */
function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i += 1) {
    if (Object.is(actual[i], expected[i]) || actual[i] === expected[i]) continue;
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}

it('has the native addon', () => {
  expect(status).toMatchObject({ available: true });
});

describe.each(instructionSets)('kernels compiled for %s', (isa) => {
  if (!supported.includes(isa)) {
    it.skip(`SKIPPED: this CPU has no ${isa}; its kernels are compiled but not run`, () => {});
    return;
  }
  const addon = loadNativeAddon();
  beforeAll(() => addon.configure(isa, 2));

  for (const kernelCase of allCases) {
    it(`agrees: ${kernelCase.title}`, () => {
      const actual = kernelCase.run(addon);
      const expected = kernelCase.expected();
      expect(actual.length).toBe(expected.length);
      for (const [index, output] of actual.entries()) {
        expect(largestDifference(output, expected[index]!)).toBeLessThanOrEqual(kernelCase.tolerance);
      }
    });
  }

  for (const { title, gradient } of allCases) {
    if (gradient === undefined) continue;
    it(`gradient: ${title}`, () => {
      for (const { of, analytic, numeric } of gradient(addon)) {
        const scale = Math.max(1, Math.abs(analytic), Math.abs(numeric));
        const message = `by ${of}: ${analytic} and ${numeric}`;
        expect(Math.abs(analytic - numeric) / scale, message).toBeLessThan(2e-4);
      }
    });
  }

  it('gives the same bits with 1, 2, 3 and 7 threads', () => {
    const runAll = (threads: number): Buffer[][] => {
      addon.configure(isa, threads);
      return allCases.map((kernelCase) =>
        kernelCase
          .run(addon)
          .map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
      );
    };
    try {
      const once = runAll(1);
      for (const threads of [2, 3, 7]) {
        const again = runAll(threads);
        const differing = allCases.filter((_, index) =>
          once[index]!.some((output, position) => !output.equals(again[index]![position]!)),
        );
        expect(differing.map(({ title }) => `${title} with ${threads} threads`)).toEqual([]);
      }
    } finally {
      addon.configure(isa, 2);
    }
  });
});
