import type { BatchNormLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import { batchNormTrain } from '../ops/batch-norm.ts';
import { channelAffine } from '../ops/channel-affine.ts';
import type { BlockNormalization } from '../ops/spike-block.ts';
import { type LayerContext, parameter } from './layer-context.ts';

/** ε of every batch norm, in training, inference and folding. */
export const batchNormEpsilon = 1e-5;

/** Of a batch, what training moves the running statistics towards. */
export type BatchStatistics = {
  readonly mean: tf.Tensor1D;
  /** Biased: divided by n. */
  readonly variance: tf.Tensor1D;
  /** n / (n − 1), which makes the variance unbiased, as the running one is. */
  readonly correction: number;
};

/** In training the batch's own statistics; in inference the running ones, as one affine map per channel. */
export function batchNormalization(
  layer: BatchNormLayer,
  context: LayerContext,
): Exclude<BlockNormalization, { kind: 'none' }> {
  const gamma = parameter(context, parameterNames.gamma(layer.id)) as tf.Tensor1D;
  const beta = parameter(context, parameterNames.beta(layer.id)) as tf.Tensor1D;
  if (context.training) return { kind: 'batch', first: gamma, second: beta, epsilon: batchNormEpsilon };
  const mean = parameter(context, parameterNames.mean(layer.id));
  const variance = parameter(context, parameterNames.variance(layer.id));
  const scale = tf.div(gamma, tf.sqrt(tf.add(variance, batchNormEpsilon))) as tf.Tensor1D;
  return { kind: 'affine', first: scale, second: tf.sub(beta, tf.mul(mean, scale)) as tf.Tensor1D };
}

/** n / (n − 1) for the n values of x that a channel's variance is of. */
export function varianceCorrection(x: tf.Tensor, { size }: tf.Tensor1D, context: LayerContext): number {
  // An activation computed once stands for T equal ones.
  const n = (x.size / size) * (context.temporal ? 1 : context.network.timeSteps);
  return n > 1 ? n / (n - 1) : 1;
}

/**
 * Over T·B and space. In training with the statistics of the batch (biased variance), which are given back for
 * the running ones; in inference with the running ones.
 */
export function batchNormLayer(
  x: tf.Tensor,
  layer: BatchNormLayer,
  context: LayerContext,
): { y: tf.Tensor; statistics?: BatchStatistics } {
  return tf.tidy(() => {
    const normalization = batchNormalization(layer, context);
    const { first, second } = normalization;
    if (normalization.kind === 'affine') return { y: channelAffine(x, first, second) };
    const { y, ...statistics } = batchNormTrain(x, first, second, normalization.epsilon);
    return { y, statistics: { ...statistics, correction: varianceCorrection(x, statistics.mean, context) } };
  });
}
