import type { Shape3 } from '@spikefit/contracts';
import { fillBatch, type Split } from '@spikefit/datasets';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { placeImages } from './place-images.ts';

export interface BenchBatch {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
}

/** Batch `index` of random training images, as [B, height, width, channels] in 0…1. The caller disposes it. */
export function randomBatch(split: Split, shape: Shape3, batch: number, index: number): BenchBatch {
  const stream = randomStream(1, 'shuffle', index);
  const indices = Int32Array.from({ length: batch }, () => Math.floor(stream.uniform() * split.count));
  const [height, width, channels] = split.shape;
  const pixels = new Float32Array(batch * height * width * channels);
  const labels = new Int32Array(batch);
  fillBatch({ split, indices, from: 0, to: batch, out: pixels, labelsOut: labels });
  return {
    images: tf.tensor4d(placeImages(pixels, split.shape, shape, batch), [batch, ...shape]),
    labels: tf.tensor1d(labels, 'int32'),
  };
}
