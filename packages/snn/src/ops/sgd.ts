import { fusedKernels, type SgdAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './fused-kernel.ts';

export interface SgdTensors {
  readonly parameter: tf.Tensor;
  readonly velocity: tf.Tensor;
  readonly gradient: tf.Tensor;
}

/**
 * One step of SGD as PyTorch defines it: g' = g + weightDecay·p; velocity' = momentum·velocity + g';
 * p' = p − rate·velocity'. All tensors have one shape. Gives new tensors; the given ones stay the caller's, who with
 * `replace` may only dispose them.
 */
export function sgdStep(
  tensors: SgdTensors,
  attributes: SgdAttributes,
): [parameter: tf.Tensor, velocity: tf.Tensor] {
  if (hasKernel(fusedKernels.sgdStep)) {
    return runKernel(fusedKernels.sgdStep, { ...tensors }, attributes) as [tf.Tensor, tf.Tensor];
  }
  return tf.tidy(() => {
    const { parameter, velocity, gradient } = tensors;
    const { learningRate, momentum, weightDecay } = attributes;
    const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay));
    const next = tf.add(tf.mul(velocity, momentum), decayed);
    return [tf.sub(parameter, tf.mul(next, learningRate)), next];
  });
}
