import { CodedError, type DropoutLayer } from '@spikefit/contracts';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerContext } from './layer-context.ts';

/**
 * Drops values with probability `rate` and scales the others by 1/(1 − rate); passes all in inference. One mask per
 * sample holds for all T steps (a mask per step would average itself away), drawn from the stream `dropout`.
 *
 * @param position of the layer in the network: part of the stream's name
 * @throws CodedError internal.error in training without `stream`
 */
export function dropoutLayer(
  x: tf.Tensor,
  layer: DropoutLayer,
  position: number,
  context: LayerContext,
): tf.Tensor {
  if (!context.training || layer.rate === 0) return tf.clone(x);
  if (context.stream === undefined) {
    throw new CodedError('internal.error', `dropout layer ${layer.id} needs a random stream in training`);
  }
  const { seed, epoch, batch } = context.stream;
  const draws = randomStream(seed, 'dropout', epoch, batch, position);
  const steps = context.temporal ? context.network.timeSteps : 1;
  const perStep = x.size / steps;
  const mask = new Float32Array(x.size);
  const scale = 1 / (1 - layer.rate);
  for (let i = 0; i < perStep; i += 1) mask[i] = draws.uniform() < layer.rate ? 0 : scale;
  for (let t = 1; t < steps; t += 1) mask.copyWithin(t * perStep, 0, perStep);
  return tf.tidy(() => tf.mul(x, tf.tensor(mask, x.shape, 'float32')));
}
