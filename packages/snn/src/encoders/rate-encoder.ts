import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchStream } from './batch-stream.ts';

/**
 * Bernoulli spikes [T·B, H, W, C] whose rate is the pixel: P(s = 1) = x, independent for every step and pixel.
 * x [B, H, W, C] in 0..1. Drawn on the host from the stream `encode`, so the same batch gives the same spikes
 * on every backend.
 */
export function encodeRate(
  x: tf.Tensor4D,
  timeSteps: number,
  { seed, epoch, batch }: BatchStream,
): tf.Tensor4D {
  const rates = x.dataSync();
  const stream = randomStream(seed, 'encode', epoch, batch);
  const spikes = new Float32Array(timeSteps * rates.length);
  for (let t = 0; t < timeSteps; t += 1) {
    const offset = t * rates.length;
    for (let i = 0; i < rates.length; i += 1) spikes[offset + i] = stream.uniform() < rates[i]! ? 1 : 0;
  }
  const [batchSize, height, width, channels] = x.shape;
  return tf.tensor4d(spikes, [timeSteps * batchSize, height, width, channels]);
}
