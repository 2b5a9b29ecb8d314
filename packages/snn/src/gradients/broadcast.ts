import * as tf from '@tensorflow/tfjs-core';

/** Sums a gradient of a broadcast result back to the shape of the operand. */
export function sumToShape(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length > 0 ? tf.reshape(tf.sum(gradient, axes), shape) : tf.reshape(gradient, shape);
}
