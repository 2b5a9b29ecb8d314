import * as tf from '@tensorflow/tfjs-core';
import { type CodebookGroup, codebookId } from './options.ts';

type ByName<T> = Readonly<Record<string, T>>;

/** Quantised weights of one codebook: raw weights [..., units], the technique's parameters [G, K]. */
export type QuantizeOne = (raw: tf.Tensor, parameters: tf.Tensor, codebook: string) => tf.Tensor;

/**
 * Quantised weights of all layers, by layer id. `parameters` are by codebook id: the layer's, or `network`, whose weights
 * are those of all layers joined in the order of `raw`. Differentiable as far as `quantize` is.
 */
export function quantizeLayers(
  raw: ByName<tf.Tensor>,
  parameters: ByName<tf.Tensor>,
  group: CodebookGroup,
  quantize: QuantizeOne,
): Record<string, tf.Tensor> {
  if (group !== 'network') {
    return Object.fromEntries(
      Object.entries(raw).map(([layerId, weights]) => {
        const id = codebookId(group, layerId);
        return [layerId, quantize(weights, parameters[id]!, id)];
      }),
    );
  }
  const id = codebookId(group, '');
  const quantised = quantize(joinWeights(Object.values(raw)), parameters[id]!, id);
  let offset = 0;
  return Object.fromEntries(
    Object.entries(raw).map(([layerId, weights]) => {
      const part = tf.slice(quantised, offset, weights.size);
      offset += weights.size;
      return [layerId, tf.reshape(part, weights.shape)];
    }),
  );
}

/** The weights of every codebook as one tensor, by codebook id. */
export const weightsOfCodebooks = (
  raw: ByName<tf.Tensor>,
  group: CodebookGroup,
): Record<string, tf.Tensor> =>
  group === 'network' ? { [codebookId(group, '')]: joinWeights(Object.values(raw)) } : { ...raw };

const joinWeights = (tensors: readonly tf.Tensor[]): tf.Tensor =>
  tf.concat(tensors.map((weights) => tf.reshape(weights, [weights.size])));
