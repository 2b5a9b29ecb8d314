import * as tf from '@tensorflow/tfjs-core';
import type { Surrogate } from './surrogate.ts';

/** (α/2) / (1 + (παx/2)²), as in SpikingJelly and snnTorch (α = 2). */
export const atan: Surrogate = {
  derivative: (x, alpha) => alpha / 2 / (1 + ((Math.PI * alpha * x) / 2) ** 2),
  primitive: (x, alpha) => Math.atan((Math.PI * alpha * x) / 2) / Math.PI + 0.5,
  derivativeTensor: (x, alpha) =>
    tf.tidy(() => tf.div(alpha / 2, tf.add(1, tf.square(tf.mul(x, (Math.PI * alpha) / 2))))),
};
