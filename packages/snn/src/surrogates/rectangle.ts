import * as tf from '@tensorflow/tfjs-core';
import type { Surrogate } from './surrogate.ts';

/** 1/w where |x| < w/2, else 0: compact support, so the backward pass is sparse (w = 1). */
export const rectangle: Surrogate = {
  derivative: (x, width) => (Math.abs(x) < width / 2 ? 1 / width : 0),
  primitive: (x, width) => Math.min(1, Math.max(0, x / width + 0.5)),
  derivativeTensor: (x, width) =>
    tf.tidy(() => tf.div(tf.cast(tf.less(tf.abs(x), width / 2), 'float32'), width)),
};
