import { type BatchAugmentation, fillBatch, type Split } from '@spikefit/datasets';
import * as tf from '@tensorflow/tfjs-core';

/** One batch: images [B, H, W, C] in 0…1, or binary frames of events [T·B, H, W, C], and labels [B]. */
export interface Batch {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  readonly hostLabels: Int32Array;
}

/** Reads samples `indices[from…to)` into tensors that the caller disposes; `timeSteps` counts for events alone. */
export function readBatch(
  split: Split,
  indices: Int32Array,
  from: number,
  to: number,
  { timeSteps, augmentation }: { timeSteps: number; augmentation?: BatchAugmentation | undefined },
): Batch {
  const count = to - from;
  const [height, width, channels] = split.shape;
  const rows = split.kind === 'events' ? timeSteps * count : count;
  const out = new Float32Array(rows * height * width * channels);
  const hostLabels = new Int32Array(count);
  fillBatch({ split, indices, from, to, timeSteps, augmentation, out, labelsOut: hostLabels });
  return {
    images: tf.tensor4d(out, [rows, height, width, channels], 'float32'),
    labels: tf.tensor1d(hostLabels, 'int32'),
    hostLabels,
  };
}

export function disposeBatch({ images, labels }: Batch): void {
  images.dispose();
  labels.dispose();
}

/** Hands a batch to `work` and disposes it afterwards. */
export async function withBatch<T>(batch: Batch, work: (batch: Batch) => Promise<T>): Promise<T> {
  try {
    return await work(batch);
  } finally {
    disposeBatch(batch);
  }
}

/** Correct predictions per sample; the first of equal logits wins. */
export function correctFlags(logits: Float32Array, labels: Int32Array, classes: number): Uint8Array {
  const flags = new Uint8Array(labels.length);
  for (let sample = 0; sample < labels.length; sample++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (logits[sample * classes + k]! > logits[sample * classes + best]!) best = k;
    }
    flags[sample] = best === labels[sample] ? 1 : 0;
  }
  return flags;
}

export const countOnes = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
