import * as tf from '@tensorflow/tfjs-core';
import { type CodebookOptions, codebookId } from './options.ts';
import { type FrozenCodebook, quantizeWeights } from './quantize-weights.ts';

/**
 * Quantised weights of all layers, by layer id. `levels` and `frozen` are by codebook id: the layer's, or `network`,
 * whose levels and assignments are those of all layers joined in the order of `raw`.
 * Differentiable to the raw weights and the levels. `latents` has the values of the levels where they were read before.
 */
export function quantizeLayers(
  raw: Readonly<Record<string, tf.Tensor>>,
  levels: Readonly<Record<string, tf.Tensor>>,
  options: Pick<CodebookOptions, 'bits' | 'group'> & {
    readonly frozen?: Readonly<Record<string, FrozenCodebook>> | undefined;
    readonly latents?: Readonly<Record<string, Float32Array>> | undefined;
  },
): Record<string, tf.Tensor> {
  const { bits, group } = options;
  const ofCodebook = (id: string) => ({
    bits,
    group,
    frozen: options.frozen?.[id],
    latents: options.latents?.[id],
  });
  if (group !== 'network') {
    return Object.fromEntries(
      Object.entries(raw).map(([layerId, weights]) => {
        const id = codebookId(group, layerId);
        return [layerId, quantizeWeights(weights, levels[id]!, ofCodebook(id))];
      }),
    );
  }
  const entries = Object.entries(raw);
  const joined = tf.concat(entries.map(([, weights]) => tf.reshape(weights, [weights.size])));
  const id = codebookId(group, '');
  const quantised = quantizeWeights(joined, levels[id]!, ofCodebook(id));
  let offset = 0;
  return Object.fromEntries(
    entries.map(([layerId, weights]) => {
      const part = tf.slice(quantised, offset, weights.size);
      offset += weights.size;
      return [layerId, tf.reshape(part, weights.shape)];
    }),
  );
}
