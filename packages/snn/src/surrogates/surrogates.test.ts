import '../../test/support/quiet-cpu.ts';
import { surrogateNames } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { surrogates } from './surrogates.ts';

/** Several widths; the points avoid the kinks of triangle and rectangle at 0, w/2 and w. */
const parameters = [0.7, 1, 2, 4, 25];
const points = Array.from({ length: 81 }, (_, i) => (i - 40) * 0.0731 + 0.00317);

describe.each(surrogateNames)('%s', (name) => {
  const surrogate = surrogates[name];

  test.each(parameters)('is the derivative of its primitive (parameter %d)', (parameter) => {
    const step = 1e-6;
    for (const x of points) {
      const difference = surrogate.primitive(x + step, parameter) - surrogate.primitive(x - step, parameter);
      expect(Math.abs(difference / (2 * step) - surrogate.derivative(x, parameter))).toBeLessThan(
        2e-7 * (1 + parameter),
      );
    }
  });

  test('is even, largest at the threshold, and never negative', () => {
    for (const parameter of parameters) {
      const peak = surrogate.derivative(0, parameter);
      for (const x of points) {
        const value = surrogate.derivative(x, parameter);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(peak);
        expect(surrogate.derivative(-x, parameter)).toBeCloseTo(value, 12);
      }
    }
  });

  test.each(parameters)('is the same on tensors (parameter %d)', (parameter) => {
    const values = [...points, 0];
    const onTensor = tf.tidy(() =>
      surrogate.derivativeTensor(tf.tensor1d(values), parameter).dataSync().slice(),
    );
    expect(onTensor).toBeCloseToArray(
      values.map((x) => surrogate.derivative(x, parameter)),
      { absolute: 1e-6, relative: 1e-5 },
    );
  });
});

test('literal values of the published formulas', () => {
  expect(surrogates.atan.derivative(0, 2)).toBe(1);
  expect(surrogates.atan.derivative(1 / Math.PI, 2)).toBeCloseTo(0.5, 12);
  expect(surrogates.sigmoid.derivative(0, 4)).toBe(1);
  expect(surrogates.fastSigmoid.derivative(0.04, 25)).toBeCloseTo(0.25, 12);
  expect(surrogates.triangle.derivative(-0.25, 1)).toBeCloseTo(0.75, 12);
  expect(surrogates.rectangle.derivative(0.49, 1)).toBe(1);
  expect(surrogates.rectangle.derivative(0.51, 1)).toBe(0);
});
