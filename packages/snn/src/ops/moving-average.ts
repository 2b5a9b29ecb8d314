import { fusedKernels, type MovingAverageAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './fused-kernel.ts';

/** average · (1 − momentum) + value · factor · momentum, of the shape of both. Not differentiable. */
export function movingAverage(
  average: tf.Tensor,
  value: tf.Tensor,
  attributes: MovingAverageAttributes,
): tf.Tensor {
  if (hasKernel(fusedKernels.movingAverage))
    return runKernel(fusedKernels.movingAverage, { average, value }, attributes)[0]!;
  const { momentum, factor } = attributes;
  return tf.tidy(() =>
    tf.add(tf.mul(average, 1 - momentum), tf.mul(factor === 1 ? value : tf.mul(value, factor), momentum)),
  );
}
