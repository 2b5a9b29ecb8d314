import * as tf from '@tensorflow/tfjs-core';
import type { Surrogate } from './surrogate.ts';

/** 1 / (k|x| + 1)², the SuperSpike surrogate of Zenke and Ganguli (k = 25 in snnTorch). */
export const fastSigmoid: Surrogate = {
  derivative: (x, slope) => 1 / (slope * Math.abs(x) + 1) ** 2,
  primitive: (x, slope) => x / (1 + slope * Math.abs(x)),
  derivativeTensor: (x, slope) => tf.tidy(() => tf.div(1, tf.square(tf.add(tf.mul(tf.abs(x), slope), 1)))),
};
