import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentOf, fromFloat16Bits, largestFloat16, toFloat16Bits } from './float16.ts';
import { fromScaledFloat16, toScaledFloat16 } from './scaled-float16.ts';

describe('float16', () => {
  it('encodes literals of IEEE 754 binary16', () => {
    const literals: [number, number][] = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [65519.99, 0x7bff],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [2 ** -25, 0x0000],
      [2 ** -25 * 1.001, 0x0001],
      [1 / 3, 0x3555],
      // Half way between 1 and 1 + 2^-10 goes to the even one, half way above that upwards.
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [Number.POSITIVE_INFINITY, 0x7c00],
    ];
    for (const [value, bits] of literals) expect([value, toFloat16Bits(value)]).toEqual([value, bits]);
    expect(fromFloat16Bits(0x7e00)).toBeNaN();
  });

  it('decodes and encodes all 63 488 finite bit patterns back to themselves', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if (((bits >> 10) & 0x1f) === 0x1f) continue;
      expect(toFloat16Bits(fromFloat16Bits(bits))).toBe(bits);
    }
  });

  it('rounds to the nearest of its neighbours', () => {
    fc.assert(
      fc.property(fc.double({ min: -largestFloat16, max: largestFloat16, noNaN: true }), (value) => {
        const bits = toFloat16Bits(value);
        const error = Math.abs(fromFloat16Bits(bits) - value);
        for (const near of [bits - 1, bits + 1]) {
          const other = fromFloat16Bits(near & 0xffff);
          if (Number.isFinite(other)) expect(error).toBeLessThanOrEqual(Math.abs(other - value));
        }
      }),
    );
  });

  it('finds exponents at powers of two and just below them', () => {
    for (let exponent = -140; exponent < 120; exponent++) {
      expect(exponentOf(2 ** exponent)).toBe(exponent);
      expect(exponentOf(2 ** exponent * (1 - 2 ** -50))).toBe(exponent - 1);
    }
  });
});

describe('scaled float16', () => {
  const vectors = fc.float32Array({ noNaN: true, min: -(2 ** 125), max: 2 ** 125, maxLength: 20 });

  it('keeps relative rounding at 2^-11 down to 2^-28 of the largest', () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const stored = fromScaledFloat16(toScaledFloat16(values));
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        values.forEach((value, i) => {
          const tolerance = Math.max(2 ** -11 * Math.abs(value), largest * 2 ** -38, 2 ** -149);
          expect(Math.abs(stored[i]! - value)).toBeLessThanOrEqual(tolerance);
        });
      }),
    );
  });

  it('gives equal bits when what it stored is stored again', () => {
    fc.assert(
      fc.property(vectors, (values) => {
        const once = toScaledFloat16(values);
        expect(toScaledFloat16(fromScaledFloat16(once))).toEqual(once);
      }),
    );
    const carries = toScaledFloat16(Float32Array.of(32767.9, 1));
    expect(toScaledFloat16(fromScaledFloat16(carries))).toEqual(carries);
  });

  it('refuses what is not finite', () => {
    expect(() => toScaledFloat16(Float32Array.of(1, Number.NaN))).toThrow('internal.error');
  });
});
