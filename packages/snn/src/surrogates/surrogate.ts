import type * as tf from '@tensorflow/tfjs-core';

/**
 * A surrogate stands in for the derivative of the step function in the backward pass; x = h − threshold.
 * `primitive` is the smooth function whose derivative it is: tests hold the two together by finite differences.
 */
export interface Surrogate {
  readonly derivative: (x: number, parameter: number) => number;
  readonly primitive: (x: number, parameter: number) => number;
  /** `derivative`, element by element, on a tensor of any shape. */
  readonly derivativeTensor: (x: tf.Tensor, parameter: number) => tf.Tensor;
}
