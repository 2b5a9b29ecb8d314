import type { BatchNormLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import { batchNormTrain } from '../ops/batch-norm.ts';
import { channelAffine } from '../ops/channel-affine.ts';
import { type LayerContext, parameter } from './layer-context.ts';

/** ε of every batch norm, in training, inference and folding. */
export const batchNormEpsilon = 1e-5;

/** What training moves the running statistics towards. */
export type BatchStatistics = { mean: tf.Tensor1D /** Unbiased: divided by n − 1. */; variance: tf.Tensor1D };

/**
 * Over T·B and space. In training with the statistics of the batch (biased variance), which are given back for
 * the running ones; in inference with the running ones, as one affine map per channel.
 */
export function batchNormLayer(
  x: tf.Tensor,
  layer: BatchNormLayer,
  context: LayerContext,
): { y: tf.Tensor; statistics?: BatchStatistics } {
  return tf.tidy(() => {
    const gamma = parameter(context, parameterNames.gamma(layer.id)) as tf.Tensor1D;
    const beta = parameter(context, parameterNames.beta(layer.id)) as tf.Tensor1D;
    if (!context.training) {
      const mean = parameter(context, parameterNames.mean(layer.id));
      const variance = parameter(context, parameterNames.variance(layer.id));
      const scale = tf.div(gamma, tf.sqrt(tf.add(variance, batchNormEpsilon))) as tf.Tensor1D;
      return { y: channelAffine(x, scale, tf.sub(beta, tf.mul(mean, scale)) as tf.Tensor1D) };
    }
    const { y, mean, variance } = batchNormTrain(x, gamma, beta, batchNormEpsilon);
    // An activation computed once stands for T equal ones.
    const n = (x.size / gamma.size) * (context.temporal ? 1 : context.network.timeSteps);
    const unbiased = tf.mul(variance, n > 1 ? n / (n - 1) : 1) as tf.Tensor1D;
    return { y, statistics: { mean, variance: unbiased } };
  });
}
