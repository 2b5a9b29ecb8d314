import * as tf from '@tensorflow/tfjs-core';
import type { Surrogate } from './surrogate.ts';

/** max(0, 1 − |x|/w) / w: compact support, so the backward pass is sparse (w = 1). */
export const triangle: Surrogate = {
  derivative: (x, width) => Math.max(0, 1 - Math.abs(x) / width) / width,
  primitive: (x, width) => {
    if (x <= -width) return 0;
    if (x >= width) return 1;
    return 0.5 + x / width - (Math.sign(x) * x * x) / (2 * width * width);
  },
  derivativeTensor: (x, width) => tf.tidy(() => tf.div(tf.relu(tf.sub(1, tf.div(tf.abs(x), width))), width)),
};
