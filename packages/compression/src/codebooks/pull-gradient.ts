import * as tf from '@tensorflow/tfjs-core';

/**
 * Gradient, to the raw weights, of the pull λ·mean (w − ŵ)² towards the quantised ones: 2λ(w − ŵ)/N. To be added to
 * the gradient of the loss; λ = 0 gives zeros.
 */
export function pullGradient(raw: tf.Tensor, quantised: tf.Tensor, lambda: number): tf.Tensor {
  return tf.tidy(() => tf.mul(tf.sub(raw, quantised), (2 * lambda) / raw.size));
}
