import { expect, test } from 'vitest';
import { storable, unstorableFields } from './storable-text.ts';

test('finds what Postgres cannot hold, with pointers', () => {
  expect(unstorableFields({ a: 'fine 😀', b: [1, null, true, 'x'] })).toEqual([]);
  const pointers = unstorableFields({
    a: '\0',
    b: ['x', { 'c/d~': '\udc00' }],
    e: { 'k\0': 1 },
  }).map((error) => error.pointer);
  expect(pointers).toEqual(['/a', '/b/1/c~1d~0', '/e']);
});

test('replaces it and nothing else', () => {
  const value = { 'k\0': ['a\0b', '\ud83d', '😀', 1, null, false] };
  expect(storable(value)).toEqual({ 'k\uFFFD': ['a\uFFFDb', '\uFFFD', '😀', 1, null, false] });
});
