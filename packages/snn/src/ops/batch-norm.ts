import { fusedKernels } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { releaseKept } from '../tensors/release-kept.ts';
import { hasKernel, runKernel } from './fused-kernel.ts';

/** All axes but the last, the channels. */
export const leadingAxes = (x: tf.Tensor): number[] => x.shape.slice(0, -1).map((_, axis) => axis);

export interface BatchNormResult {
  /** (x − mean) / √(variance + ε) · γ + β, the shape of x. */
  readonly y: tf.Tensor;
  readonly mean: tf.Tensor1D;
  /** Biased: divided by n. */
  readonly variance: tf.Tensor1D;
}

function composedForward(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: number): tf.Tensor[] {
  const { mean, variance } = tf.moments(x, leadingAxes(x));
  const scale = tf.div(gamma, tf.sqrt(tf.add(variance, epsilon)));
  return [tf.add(tf.mul(tf.sub(x, mean), scale), beta), mean, variance];
}

/** With x̂ = (x − mean)/σ: dγ = Σ dy·x̂, dβ = Σ dy, dx = γ/σ · (dy − dβ/n − x̂·dγ/n). */
function composedBackward(
  { dy, x, mean, variance, gamma }: Record<'dy' | 'x' | 'mean' | 'variance' | 'gamma', tf.Tensor>,
  epsilon: number,
): tf.Tensor[] {
  return tf.tidy(() => {
    const axes = leadingAxes(x);
    const n = x.size / gamma.size;
    const sigma = tf.sqrt(tf.add(variance, epsilon));
    const normalized = tf.div(tf.sub(x, mean), sigma);
    const dGamma = tf.sum(tf.mul(dy, normalized), axes);
    const dBeta = tf.sum(dy, axes);
    const centered = tf.sub(tf.sub(dy, tf.div(dBeta, n)), tf.mul(normalized, tf.div(dGamma, n)));
    return [tf.mul(centered, tf.div(gamma, sigma)), dGamma, dBeta];
  });
}

/**
 * Batch norm over every axis but the last (over T·B and space), with the statistics of this batch.
 * x [T·B, …, C]; gamma, beta [C]. Differentiable to x, gamma and beta; the statistics carry no gradient.
 */
export function batchNormTrain(
  x: tf.Tensor,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  epsilon: number,
): BatchNormResult {
  // A custom gradient gives one output; the statistics leave its scope as kept tensors and are handed to the
  // caller's scope right after.
  const kept: tf.Tensor[] = [];
  const op = tf.customGrad((...args: unknown[]) => {
    const [input, g, b, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const [y, mean, variance] = hasKernel(fusedKernels.batchNormTrain)
      ? runKernel(fusedKernels.batchNormTrain, { x: input, gamma: g, beta: b }, { epsilon })
      : composedForward(input, g, b, epsilon);
    kept.push(tf.keep(mean!), tf.keep(variance!));
    save([input, mean!, variance!, g]);
    return {
      value: y!,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedX, savedMean, savedVariance, savedGamma] = saved as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        const inputs = { dy, x: savedX, mean: savedMean, variance: savedVariance, gamma: savedGamma };
        return hasKernel(fusedKernels.batchNormTrainGrad)
          ? runKernel(fusedKernels.batchNormTrainGrad, inputs, { epsilon })
          : composedBackward(inputs, epsilon);
      },
    };
  });
  const y = op(x, gamma, beta);
  const [mean, variance] = kept.map(releaseKept) as [tf.Tensor1D, tf.Tensor1D];
  return { y, mean, variance };
}
