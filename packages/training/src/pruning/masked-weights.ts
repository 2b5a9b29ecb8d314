import type { SynapseMasks } from '@spikefit/compression';
import { type ForwardOptions, type HostParameters, parameterNames } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from '../parameters.ts';
import { useWeights } from '../quantization.ts';

/** The masks as tensors of the weights' shapes. */
export const synapseTensors = (masks: SynapseMasks, parameters: HostParameters): Tensors =>
  Object.fromEntries(
    Object.entries(masks).map(([id, mask]) => [
      id,
      tf.tensor(Float32Array.from(mask), [...parameters[parameterNames.weights(id)]!.shape]),
    ]),
  );

/** How `forward` gets the weights that it computes with. */
export type WeightsHook = Pick<ForwardOptions, 'weights'>;

/**
 * The (quantised) weights, 0 where a synapse was pruned. The product is part of what is differentiated, so a pruned weight's
 * gradient is 0: with its moments at 0 it stays where it is.
 */
export function useMaskedWeights(quantized: Record<string, tf.Tensor> | null, masks: Tensors): WeightsHook {
  if (Object.keys(masks).length === 0) return useWeights(quantized);
  return {
    weights: (id, raw) => {
      const weights = quantized?.[id] ?? raw;
      const mask = masks[id];
      return mask === undefined ? weights : tf.mul(weights, mask);
    },
  };
}
