import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross entropy of soft-max(logits) summed over the batch: the loss that per-sample gradients are taken of.
 * logits [B, classes], labels [B] int32.
 */
export function crossEntropySum(logits: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Scalar {
  return tf.tidy(() => {
    const target = tf.oneHot(labels, classes, 1, 0, 'float32');
    return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), target)));
  });
}

/** The mean of the same over the batch. */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Scalar {
  return tf.tidy(() => tf.div(crossEntropySum(logits, labels, classes), logits.shape[0]));
}
