import { parameterNames } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { scoredLayers, type UnitScorer } from './unit-scorer.ts';

/**
 * Mean of |w| over a unit's incoming weights, those that the network computes with. Li et al. (2017) take the sum within
 * one layer; the mean lets layers of different fan-in be compared. Looks at no sample.
 */
export const scoreByMagnitude: UnitScorer = async (input) => {
  const { parameters, weights } = input;
  const scores: Record<string, Float64Array> = {};
  for (const { weightId, units } of scoredLayers(input)) {
    const mean = tf.tidy(() => {
      const raw = parameters[parameterNames.weights(weightId)]!;
      return tf.mean(tf.abs(tf.reshape(weights?.(weightId, raw) ?? raw, [-1, units])), 0);
    });
    scores[weightId] = Float64Array.from(await mean.data());
    mean.dispose();
  }
  return scores;
};
