import { crossEntropySum, forward, valueAndGradients } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import {
  emptySums,
  type ScoreBatch,
  type ScoringInput,
  scoredLayers,
  type UnitScores,
} from './unit-scorer.ts';

/**
 * Mean over the samples of `of(Σ over time, and the places of a channel, of s·∂L/∂s)` for every unit, with the surrogate gradient and batch
 * norm in inference mode (else samples couple). The inner sum is the gradient of a gate per sample and unit; the loss
 * is summed, so samples do not weigh each other. Of a silent unit the inner sum is 0.
 */
export async function meanOverGates(
  input: ScoringInput,
  of: (gradient: number) => number,
): Promise<UnitScores> {
  const layers = scoredLayers(input);
  const sums = emptySums(layers);
  const samples = await eachBatchOfGates(input, async (perGate) => {
    for (const { weightId, neuronId, units } of layers) {
      const gradients = await perGate[neuronId]?.data();
      const sum = sums[weightId]!;
      for (let i = 0; gradients !== undefined && i < gradients.length; i++)
        sum[i % units]! += of(gradients[i]!);
    }
  });
  for (const sum of Object.values(sums)) {
    for (let unit = 0; unit < sum.length; unit++) sum[unit]! /= Math.max(1, samples);
  }
  return sums;
}

/** Hands out, and disposes, the gradients of the gates, batch by batch; gives the number of samples. */
export async function eachBatchOfGates(
  input: ScoringInput,
  use: (perGate: Readonly<Record<string, tf.Tensor>>, samples: number) => Promise<void>,
): Promise<number> {
  let samples = 0;
  for await (const batch of input.batches) {
    const labels = input.labels === 'true' ? tf.clone(batch.labels) : await drawLabels(input, batch, samples);
    const perGate = gateGradients(input, batch, labels);
    await use(perGate, batch.labels.shape[0]);
    samples += batch.labels.shape[0];
    tf.dispose([perGate, labels, batch.input, batch.labels]);
  }
  return samples;
}

/** By neuron layer, [B, channels], or [B, H, W, C] of single neurons. */
function gateGradients(
  scoring: ScoringInput,
  { input, stream }: ScoreBatch,
  labels: tf.Tensor1D,
): Record<string, tf.Tensor> {
  const { network, parameters, weights } = scoring;
  return tf.tidy(() => {
    const gates = Object.fromEntries(
      scoredLayers(scoring).map(({ neuronId, gateShape }) => [
        neuronId,
        tf.ones([labels.shape[0], ...gateShape]),
      ]),
    );
    const { gradients } = valueAndGradients(gates, () => {
      const { logits } = forward(network, parameters, input, { training: false, gates, weights, stream });
      return { loss: crossEntropySum(logits, labels, network.classes) };
    });
    return gradients;
  });
}

/** One label per sample, drawn from the network's own distribution over the classes: [B] int32. */
export async function drawLabels(
  { network, parameters, weights, seed, round }: ScoringInput,
  { input, labels: own, stream }: ScoreBatch,
  firstSample: number,
): Promise<tf.Tensor1D> {
  const probabilities = tf.tidy(() =>
    tf.softmax(forward(network, parameters, input, { training: false, weights, stream }).logits),
  );
  const values = await probabilities.data();
  probabilities.dispose();
  const random = randomStream(seed, 'scores', round, firstSample);
  const labels = Int32Array.from({ length: own.shape[0] }, (_, sample) => {
    let left = random.uniform();
    for (let k = 0; k < network.classes - 1; k++) {
      left -= values[sample * network.classes + k]!;
      if (left < 0) return k;
    }
    return network.classes - 1;
  });
  return tf.tensor1d(labels, 'int32');
}
