import type { CodedError } from '@spikefit/contracts';
import { toBitmap } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBitmap } from './bitmap.ts';
import { bitsPerIndex, packedBytes, packIndices, unpackIndices } from './index-packing.ts';

describe('packed indices', () => {
  it('packs 2-bit indices from the lowest bit on', () => {
    expect([...packIndices(Uint8Array.of(1, 2, 3, 0, 3), 4)]).toEqual([0b00_11_10_01, 0b11]);
  });

  it('packs 3-bit indices across byte borders', () => {
    expect([...packIndices(Uint8Array.of(5, 2, 7), 8)]).toEqual([0b11_010_101, 0b1]);
  });

  it('packs ternary indices five to a byte', () => {
    expect([...packIndices(Uint8Array.of(1, 2, 0, 0, 2, 1), 3)]).toEqual([1 + 2 * 3 + 2 * 81, 1]);
    expect(packedBytes(1000, 3) * 8).toBe(1600);
  });

  it('takes ⌈log₂M⌉ bits', () => {
    expect([2, 4, 5, 8, 16, 17, 256].map(bitsPerIndex)).toEqual([1, 2, 3, 3, 4, 5, 8]);
  });

  it('gives back any indices of any number of levels', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 2, max: 256 })
          .chain((levels) =>
            fc.tuple(
              fc.constant(levels),
              fc.array(fc.integer({ min: 0, max: levels - 1 }), { maxLength: 70 }),
            ),
          ),
        ([levels, indices]) => {
          const packed = packIndices(Uint8Array.from(indices), levels);
          expect(packed.length).toBe(packedBytes(indices.length, levels));
          expect([...unpackIndices(packed, indices.length, levels, 'x')]).toEqual(indices);
        },
      ),
    );
  });

  it.each([
    ['a wrong length', [1, 2], 4, 4],
    ['an index that is not below M', [0b111], 1, 5],
    ['padding that is not 0', [0b1000], 1, 4],
    ['ternary padding that is not 0', [3], 1, 3],
    ['a byte beyond five digits', [243], 5, 3],
  ])('refuses %s', (_, bytes, count, levels) => {
    expect(() => unpackIndices(Uint8Array.from(bytes), count, levels, 'the tensor "x"')).toThrow(
      expect.objectContaining({ code: 'artifact.invalid' } satisfies Partial<CodedError>),
    );
  });
});

describe('bitmaps', () => {
  it('counts bits from the lowest of the first byte', () => {
    expect([...toBitmap([0, 3, 8], 10)]).toEqual([0b1001, 0b1]);
    expect(fromBitmap(Uint8Array.of(0b1001, 0b1), 10, 'x')).toEqual([0, 3, 8]);
  });

  it('refuses bits beyond its size and another length', () => {
    expect(() => fromBitmap(Uint8Array.of(0, 0b100), 10, 'x')).toThrow('bit 10');
    expect(() => fromBitmap(Uint8Array.of(0), 10, 'x')).toThrow('1 bytes');
  });
});
