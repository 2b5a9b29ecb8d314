import { fusedKernels } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { hasKernel, runKernel } from './fused-kernel.ts';

/**
 * A ReLU that is clipped at θ and has `levels` = Q + 1 values, for x [..., C] and θ [1] or [C]:
 *   y = clip(⌈Q·x/θ − ½⌉, 0, Q)/Q,
 * the nearest of 0, 1/Q, … 1 to x/θ, halves to the lower. An integrate-and-fire neuron with the threshold θ and the current x
 * fires at such a rate over Q steps, which is why it is its ANN twin (Bu et al. 2022, QCFS).
 * Differentiable to x, straight through: ∂y/∂x = 1/θ where 0 ≤ x ≤ θ, else 0.
 */
export function quantizedRelu(x: tf.Tensor, threshold: tf.Tensor1D, levels: number): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([input, threshold]);
    return {
      value: hasStaircase() ? staircase(input, threshold, levels) : nearest(input, threshold, levels),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const [currents, clip] = saved as [tf.Tensor, tf.Tensor1D];
          const inside = hasStaircase()
            ? staircaseGradient(dy, currents, clip, levels)
            : whereInside(dy, currents, clip);
          return tf.mul(inside, tf.reciprocal(clip));
        }),
    };
  });
  return op(x);
}

function nearest(x: tf.Tensor, threshold: tf.Tensor1D, levels: number): tf.Tensor {
  const most = levels - 1;
  return tf.tidy(() => {
    const steps = tf.ceil(tf.sub(tf.mul(x, tf.div(most, threshold)), 0.5));
    return tf.div(tf.clipByValue(steps, 0, most), most);
  });
}

const whereInside = (dy: tf.Tensor, x: tf.Tensor, threshold: tf.Tensor1D): tf.Tensor =>
  tf.mul(dy, tf.cast(tf.logicalAnd(tf.greaterEqual(x, 0), tf.lessEqual(x, threshold)), 'float32'));

/** The kernels that look levels up do for activations what they do for weights: one group for each θ. */
const hasStaircase = (): boolean =>
  hasKernel(fusedKernels.codebookForward) && hasKernel(fusedKernels.codebookGradient);

/** {weights: x, midpoints [Q, G], levels [Q + 1, G]}. */
function staircaseInputs(x: tf.Tensor, threshold: tf.Tensor1D, levels: number): tf.NamedTensorMap {
  const groups = threshold.size;
  const column = (values: number[]): tf.Tensor2D => tf.tensor2d(values, [values.length, 1]);
  const most = levels - 1;
  const halves = column(Array.from({ length: most }, (_, k) => (k + 0.5) / most));
  const values = column(Array.from({ length: levels }, (_, k) => k / most));
  return { weights: x, midpoints: tf.mul(halves, threshold), levels: tf.tile(values, [1, groups]) };
}

const staircase = (x: tf.Tensor, threshold: tf.Tensor1D, levels: number): tf.Tensor =>
  tf.tidy(() => runKernel(fusedKernels.codebookForward, staircaseInputs(x, threshold, levels))[0]!);

const staircaseGradient = (dy: tf.Tensor, x: tf.Tensor, threshold: tf.Tensor1D, levels: number): tf.Tensor =>
  runKernel(fusedKernels.codebookGradient, {
    ...staircaseInputs(x, threshold, levels),
    lowest: tf.zerosLike(threshold),
    highest: threshold,
    dy,
  })[0]!;
