import type { Network } from '@spikefit/contracts';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';

/**
 * How often each input of a weight layer behind a neuron was not zero, over time and batch: [H·W·C] of its input shape,
 * in (h, w, c) order, from the spikes [T·B, …, C] that `forward` collects. Averaged spikes count as one event each.
 * The first weight layer reads the encoded image and has no entry. The caller disposes the tensors.
 */
export function summedLayerInputs(
  network: Network,
  spikes: Readonly<Record<string, tf.Tensor>>,
): Record<string, tf.Tensor1D> {
  const blocks = networkBlocks(network);
  const inputs: Record<string, tf.Tensor1D> = {};
  for (const [position, { neuron, poolsAfterNeuron }] of blocks.entries()) {
    const reader = blocks[position + 1];
    const fired = neuron === null ? undefined : spikes[neuron.id];
    if (reader === undefined || fired === undefined) continue;
    inputs[reader.weight.id] = tf.tidy(() => {
      let x = fired;
      for (const pool of poolsAfterNeuron) {
        const apply = pool.kind === 'maxPool' ? tf.maxPool<tf.Tensor4D> : tf.avgPool<tf.Tensor4D>;
        x = apply(x as tf.Tensor4D, pool.size, pool.size, 'valid');
      }
      // Spikes, and their maxima, are 0 or 1 already.
      const isBinary = poolsAfterNeuron.every(({ kind }) => kind === 'maxPool');
      const events = isBinary ? x : tf.cast(tf.notEqual(x, 0), 'float32');
      return tf.reshape(tf.sum(events, 0), [events.size / events.shape[0]!]);
    });
  }
  return inputs;
}
