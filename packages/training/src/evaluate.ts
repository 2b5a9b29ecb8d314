import type { Network } from '@spikefit/contracts';
import type { Split } from '@spikefit/datasets';
import { type BatchStream, type ForwardOptions, forward, isPresence } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { correctFlags, readBatch, withBatch } from './batches.ts';
import { imagesPerPass, neuronStepsPerImage } from './network-figures.ts';
import { readAndDispose, type Tensors } from './parameters.ts';
import { streamOf } from './streams.ts';

export interface Evaluation {
  /** 1 where the sample was classified correctly, in the order of the indices. */
  readonly correct: Uint8Array;
  /** Spikes of each neuron layer over all samples and steps. */
  readonly spikeSums: Record<string, number>;
  /** Spikes per neuron per time step. */
  readonly spikeRate: number;
}

/** What counts more than accuracy. */
export interface SpikeObserver {
  /** What is to be read of a batch's spikes; a surrounding tidy disposes the rest. */
  reduce(spikes: Record<string, tf.Tensor>, images: tf.Tensor4D, stream: BatchStream): Tensors;
  /** Takes the values of what `reduce` gave for a batch of so many images. */
  add(values: Record<string, Float32Array>, images: number): void;
}

/** Neurons that pruning has removed, as the parameters say. */
async function absentNeurons(parameters: Tensors): Promise<number> {
  let absent = 0;
  for (const [name, mask] of Object.entries(parameters))
    if (isPresence(name)) for (const one of await mask.data()) absent += 1 - one;
  return absent;
}

/** Runs a network over samples in inference mode. */
export async function evaluate(options: {
  network: Network;
  parameters: Tensors;
  split: Split;
  indices: Int32Array;
  seed: number;
  weights?: ForwardOptions['weights'];
  observe?: SpikeObserver;
  breathe: () => Promise<void>;
}): Promise<Evaluation> {
  const { network, parameters, split, indices, seed, weights, observe, breathe } = options;
  const evaluationBatch = imagesPerPass(network, 200);
  const correct = new Uint8Array(indices.length);
  const spikeSums: Record<string, number> = {};
  for (let from = 0; from < indices.length; from += evaluationBatch) {
    const to = Math.min(indices.length, from + evaluationBatch);
    const batch = readBatch(split, indices, from, to, network);
    const stream = streamOf('evaluation', seed, 0, from);
    await withBatch(batch, async () => {
      const { logits, sums, observed } = tf.tidy(() => {
        const result = forward(network, parameters, batch.images, {
          training: false,
          stream,
          collectSpikes: observe !== undefined,
          ...(weights ? { weights } : {}),
        });
        const reduced = observe && result.spikes ? observe.reduce(result.spikes, batch.images, stream) : {};
        return { logits: result.logits, sums: result.spikeSums, observed: reduced };
      });
      correct.set(correctFlags(await logits.data<'float32'>(), batch.hostLabels, network.classes), from);
      logits.dispose();
      for (const [id, [sum]] of Object.entries(await readAndDispose(sums))) {
        spikeSums[id] = (spikeSums[id] ?? 0) + sum!;
      }
      observe?.add(await readAndDispose(observed), to - from);
    });
    await breathe();
  }
  const total = Object.values(spikeSums).reduce((sum, value) => sum + value, 0);
  const gone = network.timeSteps * (await absentNeurons(parameters));
  const possible = (neuronStepsPerImage(network) - gone) * indices.length;
  return { correct, spikeSums, spikeRate: possible === 0 ? 0 : total / possible };
}
