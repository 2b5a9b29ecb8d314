import { isWeightLayer, type Network } from '@spikefit/contracts';
import {
  crossEntropySum,
  disposeTensors,
  forward,
  parameterNames,
  samplesOf,
  valueAndGradients,
} from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { drawLabels } from './gate-gradients.ts';
import { sliceOfSamples } from './slice-of-samples.ts';
import type { SynapseScores } from './synapse-scorer.ts';
import type { ScoreBatch, ScoringInput } from './unit-scorer.ts';

type Tensors = Record<string, tf.Tensor>;

export interface SynapseMeasure {
  /** What of a sample's gradient is averaged over the samples. */
  readonly ofGradient: (gradient: tf.Tensor) => tf.Tensor;
  /** The score, from that mean and the weight. */
  readonly score: (mean: tf.Tensor, weight: tf.Tensor) => tf.Tensor;
}

/**
 * Scores from ∂L_x/∂ŵ of one sample x at a time, ŵ the weights that the network computes with, batch norm in inference mode. A
 * layer's weights meet every place and step, so only a pass of its own tells a sample's gradient.
 */
export async function meanOverSamples(input: ScoringInput, measure: SynapseMeasure): Promise<SynapseScores> {
  const weights = weightsInUse(input);
  const sums: Tensors = {};
  let samples = 0;
  try {
    for await (const batch of input.batches) {
      const images = samplesOf(input.network, batch.input);
      for (let position = 0; position < images; position++) {
        await addSample(input, one(input.network, batch, position), {
          weights,
          sums,
          sample: samples,
          measure,
        });
        samples += 1;
      }
      tf.dispose([batch.input, batch.labels]);
    }
    return await scoresOf(weights, sums, Math.max(1, samples), measure);
  } finally {
    disposeTensors(weights);
    disposeTensors(sums);
  }
}

/** Copies, so that they can be disposed whoever made them. */
export function weightsInUse({ network, parameters, weights }: ScoringInput): Tensors {
  return tf.tidy(() =>
    Object.fromEntries(
      weightLayerIds(network).map((id) => {
        const raw = parameters[parameterNames.weights(id)]!;
        return [id, tf.clone(weights?.(id, raw) ?? raw)];
      }),
    ),
  );
}

export const weightLayerIds = (network: Network): string[] =>
  network.layers.filter(isWeightLayer).map(({ id }) => id);

const one = (network: Network, { input, labels, stream }: ScoreBatch, position: number): ScoreBatch => ({
  input: sliceOfSamples(network, input, position, 1),
  labels: tf.slice(labels, position, 1),
  ...(stream === undefined ? {} : { stream }),
});

async function addSample(
  input: ScoringInput,
  sample: ScoreBatch,
  state: { weights: Tensors; sums: Tensors; sample: number; measure: SynapseMeasure },
): Promise<void> {
  const { weights, sums, measure } = state;
  const { network, parameters } = input;
  const use = (id: string) => weights[id]!;
  const labels =
    input.labels === 'true'
      ? tf.clone(sample.labels)
      : await drawLabels({ ...input, weights: use }, sample, state.sample);
  const next = tf.tidy(() => {
    const { gradients } = valueAndGradients(weights, () => {
      const { logits } = forward(network, parameters, sample.input, {
        training: false,
        countSpikes: false,
        weights: use,
        stream: sample.stream,
      });
      return { loss: crossEntropySum(logits, labels, network.classes) };
    });
    return Object.fromEntries(
      Object.entries(gradients).map(([id, gradient]) => {
        const value = measure.ofGradient(gradient);
        return [id, sums[id] === undefined ? value : tf.add(sums[id], value)];
      }),
    );
  });
  for (const [id, sum] of Object.entries(next)) {
    sums[id]?.dispose();
    sums[id] = sum;
  }
  tf.dispose([labels, sample.input, sample.labels]);
}

async function scoresOf(
  weights: Tensors,
  sums: Tensors,
  samples: number,
  { score }: SynapseMeasure,
): Promise<SynapseScores> {
  const scores: Record<string, Float32Array> = {};
  for (const [id, weight] of Object.entries(weights)) {
    const values = tf.tidy(() => {
      const sum = sums[id] ?? tf.zerosLike(weight);
      return score(tf.div(sum, samples), weight);
    });
    scores[id] = await values.data<'float32'>();
    values.dispose();
  }
  return scores;
}
