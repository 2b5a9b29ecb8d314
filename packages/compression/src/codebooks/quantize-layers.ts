import * as tf from '@tensorflow/tfjs-core';
import { type CodebookOptions, codebookId } from './options.ts';
import { type FrozenCodebook, quantizeWeights } from './quantize-weights.ts';

/**
 * Quantised weights of all layers, by layer id. `levels` and `frozen` are by codebook id: the layer's, or `network`,
 * whose levels and assignments are those of all layers joined in the order of `raw`.
 * Differentiable to the raw weights and the levels.
 */
export function quantizeLayers(
  raw: Readonly<Record<string, tf.Tensor>>,
  levels: Readonly<Record<string, tf.Tensor>>,
  options: Pick<CodebookOptions, 'bits' | 'group'> & {
    readonly frozen?: Readonly<Record<string, FrozenCodebook>> | undefined;
  },
): Record<string, tf.Tensor> {
  const { bits, group, frozen } = options;
  if (group !== 'network') {
    return Object.fromEntries(
      Object.entries(raw).map(([layerId, weights]) => {
        const id = codebookId(group, layerId);
        return [layerId, quantizeWeights(weights, levels[id]!, { bits, group, frozen: frozen?.[id] })];
      }),
    );
  }
  const entries = Object.entries(raw);
  const joined = tf.concat(entries.map(([, weights]) => tf.reshape(weights, [weights.size])));
  const quantised = quantizeWeights(joined, levels[codebookId(group, '')]!, {
    bits,
    group,
    frozen: frozen?.[codebookId(group, '')],
  });
  let offset = 0;
  return Object.fromEntries(
    entries.map(([layerId, weights]) => {
      const part = tf.slice(quantised, offset, weights.size);
      offset += weights.size;
      return [layerId, tf.reshape(part, weights.shape)];
    }),
  );
}
