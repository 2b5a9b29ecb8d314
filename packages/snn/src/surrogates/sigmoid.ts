import * as tf from '@tensorflow/tfjs-core';
import type { Surrogate } from './surrogate.ts';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** α·σ(αx)·(1 − σ(αx)), SpikingJelly's default (α = 4). */
export const sigmoid: Surrogate = {
  derivative: (x, alpha) => alpha * logistic(alpha * x) * (1 - logistic(alpha * x)),
  primitive: (x, alpha) => logistic(alpha * x),
  derivativeTensor: (x, alpha) =>
    tf.tidy(() => {
      const s = tf.sigmoid(tf.mul(x, alpha));
      return tf.mul(tf.mul(s, tf.sub(1, s)), alpha);
    }),
};
