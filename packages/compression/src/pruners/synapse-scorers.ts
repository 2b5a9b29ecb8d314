import { parameterNames } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { meanOverSamples, weightLayerIds, weightsInUse } from './synapse-gradients.ts';
import type { SynapseScorer } from './synapse-scorer.ts';

/** ½·E_x[(∂L_x/∂ŵ)²]·ŵ²: the change of the loss without the synapse, to second order, with an empirical Fisher (LeCun 1990). */
const scoreByFisher: SynapseScorer = (input) =>
  meanOverSamples(input, {
    ofGradient: tf.square,
    score: (mean, weight) => tf.mul(tf.mul(mean, 0.5), tf.square(weight)),
  });

/** E_x|∂L_x/∂ŵ·ŵ|: the same to first order (Molchanov et al. 2017). */
const scoreByTaylor: SynapseScorer = (input) =>
  meanOverSamples(input, { ofGradient: tf.abs, score: (mean, weight) => tf.mul(mean, tf.abs(weight)) });

/** So little that levels keep their order, and enough that the weights of one level have one. */
const latentShare = 2 ** -10;

/**
 * |ŵ| (Han et al. 2015). Clustered weights share few values: those of one level go by the trained weight w that the level stands
 * for, |ŵ|·(1 + |w|/max|w|/1024). Looks at no sample.
 */
const scoreByMagnitude: SynapseScorer = async (input) => {
  const inUse = weightsInUse(input);
  const scores: Record<string, Float32Array> = {};
  for (const [id, weight] of Object.entries(inUse)) {
    const score = tf.tidy(() => {
      const latent = tf.abs(input.parameters[parameterNames.weights(id)]!);
      const share = tf.div(latent, tf.maximum(tf.max(latent), 1e-30));
      return tf.mul(tf.abs(weight), tf.add(1, tf.mul(share, latentShare)));
    });
    scores[id] = await score.data<'float32'>();
    tf.dispose([score, weight]);
  }
  return scores;
};

/** Uniform random numbers: the floor that every other score has to beat. Looks at no sample. */
const scoreByChance: SynapseScorer = ({ network, parameters, seed, round }) =>
  Promise.resolve(
    Object.fromEntries(
      weightLayerIds(network).map((id, layer) => {
        const random = randomStream(seed, 'scores', round, 0, layer);
        const { size } = parameters[parameterNames.weights(id)]!;
        return [id, Float32Array.from({ length: size }, () => random.uniform())];
      }),
    ),
  );

/** By technique of the catalogue; those that rank no synapses are not among them. */
export const synapseScorers: Readonly<Record<string, SynapseScorer>> = {
  fsc: scoreByFisher,
  taylor: scoreByTaylor,
  magnitude: scoreByMagnitude,
  random: scoreByChance,
};
