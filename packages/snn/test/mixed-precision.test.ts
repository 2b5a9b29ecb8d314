import { registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import '../src/index.ts';
import { draws } from './support/draws.ts';

beforeAll(async () => {
  registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
});
afterAll(() => {
  registerNativeBackend({ threads: 2 });
});

/** The output of a dense layer and its gradients by activations and by weights, in one precision. */
function denseLayer(precision: 'fp32' | 'mixed'): Float32Array[] {
  registerNativeBackend({ threads: 2, precision });
  return tf.tidy(() => {
    const x = tf.tensor2d(draws(7 * 33, 1), [7, 33]);
    const weights = tf.tensor2d(draws(33 * 20, 2), [33, 20]);
    const dy = tf.tensor2d(draws(7 * 20, 3), [7, 20]);
    const [dx, dWeights] = tf.grads((a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D))(
      [x, weights],
      dy,
    );
    return [tf.matMul(x, weights), dx!, dWeights!].map((tensor) => tensor.dataSync<'float32'>());
  });
}

test('mixed precision rounds what flows back to the layer before, and nothing else', () => {
  const [single, mixed] = [denseLayer('fp32'), denseLayer('mixed')];
  expect(mixed[0]).toEqual(single[0]);
  expect(mixed[2]).toEqual(single[2]);
  const errors = mixed[1]!.map((value, i) => Math.abs(value - single[1]![i]!));
  const largest = Math.max(...single[1]!.map(Math.abs));
  expect(Math.max(...errors)).toBeGreaterThan(1e-4 * largest);
  expect(Math.max(...errors)).toBeLessThan(1e-2 * largest);
});
