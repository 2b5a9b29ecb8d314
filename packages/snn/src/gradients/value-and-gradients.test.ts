import '../../test/support/quiet-cpu.ts';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { valueAndGradients } from './value-and-gradients.ts';

test('gives loss, gradients and further outputs, and the caller owns exactly those', () => {
  const [a, b, unused] = [tf.scalar(3), tf.scalar(4), tf.scalar(5)];
  const before = tf.memory().numTensors;
  const { loss, gradients, outputs } = valueAndGradients({ a, b, unused }, () => {
    const product = tf.mul(a, b);
    return { loss: tf.square(product) as tf.Scalar, outputs: { product, same: a } };
  });
  expect(loss.dataSync()[0]).toBe(144);
  expect(Object.keys(gradients)).toEqual(['a', 'b']);
  expect(gradients.a!.dataSync()[0]).toBe(2 * 12 * 4);
  expect(gradients.b!.dataSync()[0]).toBe(2 * 12 * 3);
  expect(outputs.product!.dataSync()[0]).toBe(12);
  expect(outputs.same!.dataSync()[0]).toBe(3);
  expect(tf.memory().numTensors).toBe(before + 5);
  tf.dispose([loss, gradients, outputs]);
  expect(a.isDisposed).toBe(false);
  expect(tf.memory().numTensors).toBe(before);

  // Within a tidy nothing has to be disposed.
  tf.tidy(() => {
    valueAndGradients({ a }, () => ({ loss: tf.square(a) as tf.Scalar, outputs: { a } }));
  });
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([a, b, unused]);
});
