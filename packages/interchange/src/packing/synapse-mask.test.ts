import { CodedError } from '@spikefit/contracts';
import { randomStream } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeArithmetic, encodeArithmetic } from './arithmetic-code.ts';
import { decodeRunLengths, encodeRunLengths } from './run-lengths.ts';
import { decodeMask, encodeMask, maskEncodings } from './synapse-mask.ts';

/** Masks of every density, also of nothing and of everything. */
const masks = fc
  .tuple(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(0, 0.003, 0.05, 0.5, 0.97, 1), fc.nat(1e6))
  .map(([length, density, seed]) => random(length, density, seed));

function random(length: number, density: number, seed: number): Uint8Array {
  const stream = randomStream(seed, 'init', 0);
  return Uint8Array.from({ length }, () => (stream.uniform() < density ? 1 : 0));
}

const entropyBits = (n: number, p: number): number => -n * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p));

describe('encodings of masks', () => {
  it('give every mask back', () => {
    fc.assert(
      fc.property(masks, fc.integer({ min: 1, max: 200 }), (mask, rowLength) => {
        const equal = (other: Uint8Array) => expect(Buffer.compare(other, mask)).toBe(0);
        equal(decodeRunLengths(encodeRunLengths(mask), mask.length, 'it'));
        equal(decodeArithmetic(encodeArithmetic(mask, rowLength), mask.length, rowLength));
        const encoded = encodeMask(mask, rowLength);
        equal(decodeMask(encoded, { count: mask.length, rowLength, name: 'it' }));
      }),
      { numRuns: 200 },
    );
  });

  it('come within a few per cent of the entropy of a mask without pattern', () => {
    for (const density of [0.01, 0.09, 0.3]) {
      const mask = random(100_000, density, 5);
      const p = mask.reduce((sum, one) => sum + one, 0) / mask.length;
      const least = entropyBits(mask.length, p);
      const arithmetic = encodeArithmetic(mask, 100).length * 8;
      expect(arithmetic).toBeGreaterThan(0.99 * least);
      expect(arithmetic).toBeLessThan(1.02 * least + 100);
      if (density < 0.3) expect(encodeRunLengths(mask).length * 8).toBeLessThan(1.05 * least);
    }
  });

  it('use what neighbours tell: inputs that are silent for all units cost little', () => {
    const rowLength = 200;
    const stream = randomStream(3, 'init', 0);
    const live = Uint8Array.from({ length: rowLength }, () => (stream.uniform() < 0.2 ? 1 : 0));
    const mask = Uint8Array.from({ length: 100 * rowLength }, (_, i) => {
      const p = live[i % rowLength] === 1 ? 0.8 : 0.01;
      return stream.uniform() < p ? 1 : 0;
    });
    const p = mask.reduce((sum, one) => sum + one, 0) / mask.length;
    expect(encodeArithmetic(mask, rowLength).length * 8).toBeLessThan(0.75 * entropyBits(mask.length, p));
  });

  it('the cheapest is taken', () => {
    expect(encodeMask(random(20_000, 0.5, 1), 100).encoding).toBe('bitmap');
    expect(encodeMask(new Uint8Array(20_000).fill(1), 100).bytes.length).toBeLessThan(8);
    const sparse = random(20_000, 0.02, 1);
    expect(encodeMask(sparse, 100).bytes.length).toBe(
      Math.min(encodeRunLengths(sparse).length, encodeArithmetic(sparse, 100).length),
    );
  });

  it('refuse, or read as a mask, whatever bytes there are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...maskEncodings),
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 1, max: 300 }),
        (encoding, bytes, count) => {
          try {
            const mask = decodeMask({ encoding, bytes }, { count, rowLength: 7, name: 'it' });
            expect(mask.length).toBe(count);
            expect(mask.every((one) => one <= 1)).toBe(true);
          } catch (error) {
            expect((error as CodedError).code).toBe('artifact.invalid');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('refuse cuts and further bytes, where they make no other mask', () => {
    const mask = random(500, 0.1, 9);
    const runs = encodeRunLengths(mask);
    const refused = (encoding: 'run-lengths' | 'arithmetic', bytes: Uint8Array) =>
      expect(() => decodeMask({ encoding, bytes }, { count: 500, rowLength: 25, name: 'it' })).toThrow(
        CodedError,
      );
    for (const damaged of [runs.slice(0, -1), Uint8Array.of(...runs, 0), Uint8Array.of(...runs, 1)])
      refused('run-lengths', damaged);
    refused('arithmetic', Uint8Array.of(...encodeArithmetic(mask, 25), 0));
  });
});
