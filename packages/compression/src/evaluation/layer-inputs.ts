import type { Network } from '@spikefit/contracts';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';

/**
 * What every weight layer behind a neuron reads, [T·B, H, W, C] or [T·B, C], from the spikes [T·B, …, C] that `forward`
 * collects: the spikes behind their pools. The first weight layer reads the encoded image and has no entry. The caller
 * disposes the tensors.
 */
export function layerInputs(
  network: Network,
  spikes: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor> {
  const blocks = networkBlocks(network);
  const inputs: Record<string, tf.Tensor> = {};
  for (const [position, { neuron, poolsAfterNeuron }] of blocks.entries()) {
    const reader = blocks[position + 1];
    const fired = neuron === null ? undefined : spikes[neuron.id];
    if (reader === undefined || fired === undefined) continue;
    inputs[reader.weight.id] = tf.tidy(() => {
      let x = tf.clone(fired);
      for (const pool of poolsAfterNeuron) {
        const apply = pool.kind === 'maxPool' ? tf.maxPool<tf.Tensor4D> : tf.avgPool<tf.Tensor4D>;
        x = apply(x as tf.Tensor4D, pool.size, pool.size, 'valid');
      }
      return x;
    });
  }
  return inputs;
}

/**
 * How often each input of a weight layer behind a neuron was not zero, over time and batch: [H·W·C] of its input shape,
 * in (h, w, c) order. An averaged spike, or the output of a ReLU, counts as one event. The caller disposes the tensors.
 */
export function summedLayerInputs(
  network: Network,
  spikes: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor1D> {
  const numbers = new Set(
    networkBlocks(network).flatMap(({ weight, readsNumbers }) => (readsNumbers ? [weight.id] : [])),
  );
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(layerInputs(network, spikes)).map(([id, x]) => {
        // Spikes, and their maxima, are 0 or 1 already.
        const events = numbers.has(id) ? tf.cast(tf.notEqual(x, 0), 'float32') : x;
        return [id, tf.reshape(tf.sum(events, 0), [events.size / events.shape[0]!])];
      }),
    ),
  ) as Record<string, tf.Tensor1D>;
}
