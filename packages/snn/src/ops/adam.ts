import { type AdamAttributes, fusedKernels } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './fused-kernel.ts';

export interface AdamTensors {
  readonly parameter: tf.Tensor;
  readonly firstMoment: tf.Tensor;
  readonly secondMoment: tf.Tensor;
  readonly gradient: tf.Tensor;
}

/**
 * One step of Adam (Kingma and Ba 2015) with decoupled weight decay (Loshchilov and Hutter 2019); all tensors have
 * one shape. Gives new tensors [parameter, first moment, second moment]. The given ones stay the caller's, who with
 * `replace` may only dispose them.
 */
export function adamStep(
  tensors: AdamTensors,
  attributes: AdamAttributes,
): [parameter: tf.Tensor, firstMoment: tf.Tensor, secondMoment: tf.Tensor] {
  if (hasKernel(fusedKernels.adamStep)) {
    return runKernel(fusedKernels.adamStep, { ...tensors }, attributes) as [tf.Tensor, tf.Tensor, tf.Tensor];
  }
  return tf.tidy(() => {
    const { parameter, gradient } = tensors;
    const { learningRate, beta1, beta2, epsilon, step, weightDecay } = attributes;
    const first = tf.add(tf.mul(tensors.firstMoment, beta1), tf.mul(gradient, 1 - beta1));
    const second = tf.add(tf.mul(tensors.secondMoment, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const corrected = tf.div(first, 1 - beta1 ** step);
    const scale = tf.add(tf.sqrt(tf.div(second, 1 - beta2 ** step)), epsilon);
    const change = tf.add(tf.div(corrected, scale), tf.mul(parameter, weightDecay));
    return [tf.sub(parameter, tf.mul(change, learningRate)), first, second];
  });
}
