import { forward, samplesOf } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { sliceOfSamples } from './slice-of-samples.ts';
import { type ScoringInput, scoredLayers } from './unit-scorer.ts';

export interface SpikeMaps {
  readonly weightId: string;
  /** Firing rates over the time steps, [samples, H·W, units] in this order. */
  readonly rates: Float32Array;
  readonly samples: number;
  readonly height: number;
  readonly width: number;
  readonly units: number;
}

/** What every scored layer fires, batch by batch, at most `most` samples of it. */
export async function* spikeMaps(
  { network, parameters, weights, batches }: ScoringInput,
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<SpikeMaps> {
  const layers = scoredLayers({ network });
  let seen = 0;
  for await (const { input, labels, stream } of batches) {
    const samples = Math.min(samplesOf(network, input), most - seen);
    seen += Math.max(0, samples);
    const rates =
      samples <= 0
        ? {}
        : tf.tidy(() => {
            const some = sliceOfSamples(network, input, 0, samples);
            const { spikes } = forward(network, parameters, some, {
              training: false,
              weights,
              stream,
              collectSpikes: true,
              countSpikes: false,
            });
            return Object.fromEntries(
              layers.map(({ weightId, neuronId }) => {
                const fired = spikes![neuronId]!;
                const perStep = tf.reshape(fired, [network.timeSteps, samples, ...fired.shape.slice(1)]);
                return [weightId, tf.mean(perStep, 0)];
              }),
            );
          });
    tf.dispose([input, labels]);
    for (const { weightId, units } of layers) {
      const tensor = rates[weightId];
      if (tensor === undefined) continue;
      const [, height, width] = tensor.rank === 4 ? tensor.shape : [samples, 1, 1];
      yield {
        weightId,
        rates: await tensor.data<'float32'>(),
        samples,
        height: height!,
        width: width!,
        units,
      };
    }
    tf.dispose(rates);
  }
}
