import { fillBatch, type Split } from '@spikefit/datasets';
import { learningRateAt } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingStep } from './training-step.ts';

const batchSize = 128;
const peakLearningRate = 0.002;

/** Samples `indices[from…to)` as tensors that the caller disposes. */
export function readImages(split: Split, indices: Int32Array, from: number, to: number) {
  const [height, width, channels] = split.shape;
  const out = new Float32Array((to - from) * height * width * channels);
  const labels = new Int32Array(to - from);
  fillBatch({ split, indices, from, to, out, labelsOut: labels });
  return {
    images: tf.tensor4d(out, [to - from, height, width, channels]),
    labels: tf.tensor1d(labels, 'int32'),
    hostLabels: labels,
  };
}

/**
 * Trains on the samples of `indices`, in an order that the seed gives, at a rate that falls from 0.002 to 0 by a cosine.
 * @param onStep is told of the loss of every step, and may end the training by rejecting
 */
export async function trainEpochs(
  training: TrainingStep,
  options: {
    readonly split: Split;
    readonly indices: Int32Array;
    readonly seed: number;
    readonly epochs: number;
    readonly onStep?: (step: { done: number; of: number; loss: number }) => Promise<void>;
  },
): Promise<void> {
  const { split, indices, seed, epochs, onStep } = options;
  const stepsPerEpoch = Math.ceil(indices.length / batchSize);
  const totalSteps = epochs * stepsPerEpoch;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = randomStream(seed, 'shuffle', epoch).shuffle(indices.slice());
    for (let step = 0; step < stepsPerEpoch; step++) {
      const from = step * batchSize;
      const batch = readImages(split, order, from, Math.min(order.length, from + batchSize));
      const done = epoch * stepsPerEpoch + step;
      const learningRate = learningRateAt({
        base: peakLearningRate,
        schedule: 'cosine',
        step: done,
        totalSteps,
      });
      const loss = await training.run(batch, learningRate);
      tf.dispose([batch.images, batch.labels]);
      await onStep?.({ done: done + 1, of: totalSteps, loss });
    }
  }
}
