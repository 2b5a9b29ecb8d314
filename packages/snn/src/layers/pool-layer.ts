import type { AveragePoolLayer, MaxPoolLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Largest value of each size × size window, stride `size`, incomplete windows at the end left out. Spikes stay 0/1.
 * Where several are largest the gradient goes to the first in row-major order.
 */
export const maxPoolLayer = (x: tf.Tensor, { size }: MaxPoolLayer): tf.Tensor =>
  tf.maxPool(x as tf.Tensor4D, size, size, 'valid');

/** The mean of each window, as above. */
export const averagePoolLayer = (x: tf.Tensor, { size }: AveragePoolLayer): tf.Tensor =>
  tf.avgPool(x as tf.Tensor4D, size, size, 'valid');
