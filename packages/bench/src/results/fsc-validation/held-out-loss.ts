import type { Network } from '@spikefit/contracts';
import type { Split } from '@spikefit/datasets';
import { disposeTensors, forward, type HostParameters, toTensors } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { readImages } from '../../step/train-epochs.ts';

export interface Outcome {
  /** Cross entropy in nats, mean over the samples. */
  readonly loss: number;
  /** Share of the samples. */
  readonly accuracy: number;
}

/** Samples on the backend, batch by batch. */
export interface HeldOut {
  readonly batches: readonly { readonly images: tf.Tensor4D; readonly hostLabels: Int32Array }[];
  readonly dispose: () => void;
}

const batchSize = 200;

/** Puts samples on the backend, to be run through many networks. The caller disposes them. */
export function readHeldOut(split: Split, indices: Int32Array): HeldOut {
  const batches = Array.from({ length: Math.ceil(indices.length / batchSize) }, (_, batch) => {
    const from = batch * batchSize;
    const { images, labels, hostLabels } = readImages(
      split,
      indices,
      from,
      Math.min(indices.length, from + batchSize),
    );
    labels.dispose();
    return { images, hostLabels };
  });
  return { batches, dispose: () => tf.dispose(batches.map(({ images }) => images)) };
}

/** Loss and accuracy of a network in inference mode. */
export async function lossOf(
  network: Network,
  hostParameters: HostParameters,
  { batches }: HeldOut,
): Promise<Outcome> {
  const parameters = toTensors(hostParameters);
  let loss = 0;
  let correct = 0;
  let samples = 0;
  try {
    for (const { images, hostLabels } of batches) {
      const logits = tf.tidy(
        () => forward(network, parameters, images, { training: false, countSpikes: false }).logits,
      );
      const values = await logits.data<'float32'>();
      logits.dispose();
      for (const [sample, label] of hostLabels.entries()) {
        const row = values.subarray(sample * network.classes, (sample + 1) * network.classes);
        loss += crossEntropyOf(row, label);
        if (row.indexOf(Math.max(...row)) === label) correct += 1;
      }
      samples += hostLabels.length;
    }
  } finally {
    disposeTensors(parameters);
  }
  return { loss: loss / samples, accuracy: correct / samples };
}

/** log Σ exp(x) − x_label, in doubles: differences between nearly equal networks are what is looked for. */
export function crossEntropyOf(logits: Float32Array, label: number): number {
  const most = Math.max(...logits);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  return most + Math.log(sum) - logits[label]!;
}
