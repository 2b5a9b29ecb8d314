import { randomStream } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { fillBatch } from './fill-batch.ts';
import type { Split } from './split.ts';

// Three images of 2×3 pixels in two channels, with a different value in each place.
const split: Split = {
  kind: 'images',
  images: Uint8Array.from({ length: 36 }, (_, i) => i * 7),
  labels: Uint8Array.of(2, 0, 1),
  count: 3,
  shape: [2, 3, 2],
};
const pixel = (image: number, y: number, x: number, c: number) =>
  Math.fround((((image * 2 + y) * 3 + x) * 2 + c) * 7) / 255;

function fill(indices: number[], from: number, to: number, flipSeed?: number) {
  const out = new Float32Array((to - from) * 12);
  const labelsOut = new Int32Array(to - from);
  const augmentation =
    flipSeed === undefined
      ? undefined
      : ({ kind: 'flip', stream: randomStream(flipSeed, 'augment') } as const);
  fillBatch({ split, indices: Int32Array.from(indices), from, to, out, labelsOut, augmentation });
  return { out, labelsOut };
}

describe('fillBatch', () => {
  it('takes the samples of the range, scaled to 0 … 1', () => {
    const { out, labelsOut } = fill([2, 1, 0, 2], 1, 4);
    expect(Array.from(labelsOut)).toEqual([0, 2, 1]);
    for (const [position, image] of [1, 0, 2].entries()) {
      for (let i = 0; i < 12; i++)
        expect(out[position * 12 + i]).toBe(Math.fround(((image * 12 + i) * 7) / 255));
    }
    expect(Math.max(...out)).toBeLessThanOrEqual(1);
  });

  it('mirrors whole pixels left to right, each image by its own draw', () => {
    const order = Array.from({ length: 64 }, (_, i) => i % 3);
    const { out } = fill(order, 0, 64, 5);
    const draws = randomStream(5, 'augment');
    let mirrored = 0;
    for (const [position, image] of order.entries()) {
      const mirror = draws.uniform() < 0.5;
      if (mirror) mirrored++;
      for (let y = 0; y < 2; y++) {
        for (let x = 0; x < 3; x++) {
          for (let c = 0; c < 2; c++) {
            const expected = Math.fround(pixel(image, y, mirror ? 2 - x : x, c));
            expect(out[position * 12 + (y * 3 + x) * 2 + c]).toBe(expected);
          }
        }
      }
    }
    expect(mirrored).toBeGreaterThan(16);
    expect(mirrored).toBeLessThan(48);
  });

  it('leaves the rest of a longer array alone', () => {
    const out = new Float32Array(40).fill(9);
    fillBatch({ split, indices: Int32Array.of(0), from: 0, to: 1, out, labelsOut: new Int32Array(4) });
    expect(out.slice(12).every((value) => value === 9)).toBe(true);
  });

  it.each([
    [[0, 1], -1, 1, 24],
    [[0, 1], 0, 3, 36],
    [[0, 1], 2, 1, 24],
    [[0, 1], 0, 2, 23],
    [[0, 3], 0, 2, 24],
    [[0, -1], 0, 2, 24],
  ])('refuses indices %j from %d to %d with room for %d values', (indices, from, to, room) => {
    const request = { split, indices: Int32Array.from(indices), from, to, out: new Float32Array(room) };
    expect(() => fillBatch({ ...request, labelsOut: new Int32Array(4) })).toThrow(
      expect.objectContaining({ code: 'internal.error' }),
    );
  });
});
