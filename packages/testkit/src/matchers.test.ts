import { describe, expect, test } from 'vitest';

describe('toBeCloseToArray', () => {
  test('accepts what is within the tolerance, in any shape of array', () => {
    expect(new Float32Array([1, 2])).toBeCloseToArray([1, 2 + 1e-6]);
    expect([[1], [2]]).toBeCloseToArray([1, 2]);
    expect({ dataSync: () => new Float32Array([Number.NaN, 0]) }).toBeCloseToArray([Number.NaN, -0]);
    expect([Number.POSITIVE_INFINITY]).toBeCloseToArray([Number.POSITIVE_INFINITY]);
  });

  test('names the worst element', () => {
    expect(() => expect([1, 2, 3]).toBeCloseToArray([1, 2.5, 3.1])).toThrow(
      /2 of 3 .* \[1\]: received 2, expected 2.5/,
    );
    expect(() => expect([1, Number.NaN]).toBeCloseToArray([1.5, 1])).toThrow(/\[1\]: received NaN/);
    expect(() => expect([1]).toBeCloseToArray([1, 2])).toThrow(/received 1 elements, expected 2/);
  });

  test('the tolerances add up as documented', () => {
    expect([10.2]).toBeCloseToArray([10], { absolute: 0.1, relative: 0.01 });
    expect([10.21]).not.toBeCloseToArray([10], { absolute: 0.1, relative: 0.01 });
  });
});

describe('toBeBitIdenticalTo', () => {
  test('tells what equality does not', () => {
    expect([0.1, -0]).toBeBitIdenticalTo(new Float32Array([0.1, -0]));
    expect([0]).not.toBeBitIdenticalTo([-0]);
    expect(() => expect([1, 1 + 2 ** -23]).toBeBitIdenticalTo([1, 1])).toThrow(/1 of 2 .* \[1\]/);
  });
});
