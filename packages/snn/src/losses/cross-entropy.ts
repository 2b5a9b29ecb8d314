import { fusedKernels } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from '../ops/fused-kernel.ts';

function fusedCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, scale: number): tf.Scalar {
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const [loss, gradient] = runKernel(fusedKernels.crossEntropy, { logits: x, labels }, { scale });
    save([gradient!]);
    return { value: loss!, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!) };
  });
  return op(logits) as tf.Scalar;
}

/** scale · Σ over the batch; in one kernel, with its gradient, where the backend has it. */
function scaledCrossEntropy(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  classes: number,
  scale: number,
): tf.Scalar {
  if (hasKernel(fusedKernels.crossEntropy)) return fusedCrossEntropy(logits, labels, scale);
  return tf.tidy(() => {
    const target = tf.oneHot(labels, classes, 1, 0, 'float32');
    return tf.mul(tf.sum(tf.mul(tf.logSoftmax(logits), target)), -scale);
  });
}

/**
 * Cross entropy of soft-max(logits) summed over the batch: the loss that per-sample gradients are taken of.
 * logits [B, classes], labels [B] int32; a label that is no class counts nothing.
 */
export function crossEntropySum(logits: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Scalar {
  return scaledCrossEntropy(logits, labels, classes, 1);
}

/** The mean of the same over the batch. */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, classes: number): tf.Scalar {
  return scaledCrossEntropy(logits, labels, classes, 1 / logits.shape[0]);
}
