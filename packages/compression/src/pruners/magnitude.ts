import { batchNormEpsilon, parameterNames } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { type ScoringInput, scoredLayers, type UnitScorer } from './unit-scorer.ts';

/**
 * Mean of |w|·|γ|/σ over a unit's incoming weights, those that the network computes with, as its neuron gets them: a batch norm
 * takes out whatever size the weights alone have. Li et al. (2017) take the sum within one layer; the mean lets layers of
 * different fan-in be compared. Looks at no sample.
 */
export const scoreByMagnitude: UnitScorer = async (input) => {
  const { parameters, weights } = input;
  const scores: Record<string, Float64Array> = {};
  for (const { weightId, units } of scoredLayers(input)) {
    const mean = tf.tidy(() => {
      const raw = parameters[parameterNames.weights(weightId)]!;
      const own = tf.mean(tf.abs(tf.reshape(weights?.(weightId, raw) ?? raw, [-1, units])), 0);
      return tf.mul(own, normOf(input, weightId));
    });
    scores[weightId] = Float64Array.from(await mean.data());
    mean.dispose();
  }
  return scores;
};

/** |γ|/σ by unit; 1 without batch norm. */
function normOf({ network, parameters }: ScoringInput, weightId: string): tf.Tensor {
  const batchNorm = networkBlocks(network).find(({ weight }) => weight.id === weightId)?.batchNorm;
  if (!batchNorm) return tf.scalar(1);
  const variance = parameters[parameterNames.variance(batchNorm.id)]!;
  return tf.mul(
    tf.abs(parameters[parameterNames.gamma(batchNorm.id)]!),
    tf.rsqrt(tf.add(variance, batchNormEpsilon)),
  );
}
