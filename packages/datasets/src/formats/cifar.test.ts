import { describe, expect, it } from 'vitest';
import { readCifarBatch } from './cifar.ts';

// Two records of a 2×3 image in three channels: 1 + 18 bytes each.
const batch = { records: 2, shape: [2, 3, 3] as [number, number, number], classes: 4 };
const record = (label: number, first: number) => [label, ...Array.from({ length: 18 }, (_, i) => first + i)];
const good = Uint8Array.from([...record(3, 10), ...record(0, 100)]);

function read(bytes: Uint8Array) {
  const images = new Uint8Array(36);
  const labels = new Uint8Array(2);
  readCifarBatch(bytes, batch, 'batch.bin', images, labels);
  return { images, labels };
}

describe('readCifarBatch', () => {
  it('interleaves the channels', () => {
    const { images, labels } = read(good);
    expect(Array.from(labels)).toEqual([3, 0]);
    // Pixel by pixel: red at i, green 6 further, blue 12 further.
    expect(Array.from(images.subarray(0, 6))).toEqual([10, 16, 22, 11, 17, 23]);
    expect(Array.from(images.subarray(18, 21))).toEqual([100, 106, 112]);
    expect(Array.from(images.subarray(33))).toEqual([105, 111, 117]);
  });

  it.each([
    [
      'a truncated file',
      good.subarray(0, 30),
      'batch.bin at byte 19: 30 bytes are not 2 records of 19 bytes',
    ],
    ['a record too many', Uint8Array.from([...good, ...record(1, 1)]), 'batch.bin at byte 38: 57 bytes'],
    ['an empty file', new Uint8Array(0), 'at byte 0: 0 bytes'],
    [
      'a label that is no class',
      Uint8Array.from([...record(3, 10), ...record(4, 100)]),
      'batch.bin at byte 19: the label of record 1 is 4, and there are 4 classes',
    ],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ code: 'dataset.corrupt', detail: expect.stringContaining(problem) }),
    );
  });
});
