import { fusedKernels } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { leadingAxes } from './batch-norm.ts';
import { hasKernel, runKernel } from './fused-kernel.ts';

/**
 * x · scale[c] + shift[c] for x [N, …, C] and scale, shift [C]: batch norm in inference, and biases.
 * Differentiable to all three.
 */
export function channelAffine(x: tf.Tensor, scale: tf.Tensor1D, shift: tf.Tensor1D): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [input, a, b, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([input, a]);
    const value = hasKernel(fusedKernels.channelAffine)
      ? runKernel(fusedKernels.channelAffine, { x: input, scale: a, shift: b })[0]!
      : tf.add(tf.mul(input, a), b);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedX, savedScale] = saved as [tf.Tensor, tf.Tensor];
        if (hasKernel(fusedKernels.channelAffineGrad)) {
          return runKernel(fusedKernels.channelAffineGrad, { dy, x: savedX, scale: savedScale });
        }
        return tf.tidy(() => {
          const axes = leadingAxes(dy);
          return [tf.mul(dy, savedScale), tf.sum(tf.mul(dy, savedX), axes), tf.sum(dy, axes)];
        });
      },
    };
  });
  return op(x, scale, shift);
}
