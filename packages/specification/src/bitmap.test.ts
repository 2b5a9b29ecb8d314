import { expect, it } from 'vitest';
import { toBitmap } from './bitmap.ts';

it('a bitmap has bit i of the units from the lowest bit of the first byte on', () => {
  expect([...toBitmap([0, 3, 8], 10)]).toEqual([0b1001, 0b1]);
  expect([...toBitmap([7], 8)]).toEqual([0b1000_0000]);
  expect([...toBitmap([], 9)]).toEqual([0, 0]);
});
