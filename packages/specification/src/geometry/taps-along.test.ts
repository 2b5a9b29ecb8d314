import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tapsAlong } from './taps-along.ts';

const pairs = (size: number, kernel: number, stride: number) =>
  tapsAlong(size, kernel, stride).map(({ output, kernel: k, input }) => [output, k, input]);

describe('tapsAlong', () => {
  it('centres an odd kernel, and leaves the odd padding of an even one to the end', () => {
    expect(pairs(3, 3, 1)).toEqual([
      [0, 1, 0],
      [0, 2, 1],
      [1, 0, 0],
      [1, 1, 1],
      [1, 2, 2],
      [2, 0, 1],
      [2, 1, 2],
    ]);
    expect(pairs(3, 2, 1)).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 1],
      [1, 1, 2],
      [2, 0, 2],
    ]);
  });

  it('needs no padding at an even size with stride 2, and skips inputs where the stride is wider', () => {
    expect(pairs(4, 3, 2)).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [0, 2, 2],
      [1, 0, 2],
      [1, 1, 3],
    ]);
    expect(pairs(5, 1, 3)).toEqual([
      [0, 0, 0],
      [1, 0, 3],
    ]);
  });

  it('has every pair inside the input once, with outputs a stride apart', () => {
    const small = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(small(12), small(9), small(4), (size, kernel, stride) => {
        const taps = tapsAlong(size, kernel, stride);
        const outputs = Math.ceil(size / stride);
        const [first] = taps;
        const shift = first!.input - first!.kernel - first!.output * stride;
        const expected = [];
        for (let output = 0; output < outputs; output++)
          for (let k = 0; k < kernel; k++) {
            const input = output * stride + shift + k;
            if (input >= 0 && input < size) expected.push({ input, output, kernel: k });
          }
        expect(taps).toEqual(expected);
        // Padding before and after differ by one at most.
        const after = Math.max(0, (outputs - 1) * stride + shift + kernel - size);
        expect([0, 1]).toContain(after + Math.min(0, shift));
      }),
    );
  });
});
