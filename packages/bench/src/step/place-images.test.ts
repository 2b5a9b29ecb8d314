import { expect, test } from 'vitest';
import { placeImages } from './place-images.ts';

test('images are put in the middle, with their one channel in all', () => {
  const placed = placeImages(Float32Array.of(1, 2, 3, 4), [1, 2, 1], [3, 4, 2], 2);
  const image = (a: number, b: number) => [
    ...[0, 0, 0, 0, 0, 0, 0, 0],
    ...[0, 0, a, a, b, b, 0, 0],
    ...[0, 0, 0, 0, 0, 0, 0, 0],
  ];
  expect([...placed]).toEqual([...image(1, 2), ...image(3, 4)]);
});

test('images of the right shape stay as they are', () => {
  const pixels = Float32Array.of(1, 2);
  expect(placeImages(pixels, [1, 2, 1], [1, 2, 1], 1)).toBe(pixels);
});
