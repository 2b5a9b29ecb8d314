import type { ReluLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import { quantizedRelu } from '../ops/quantized-relu.ts';
import type { LayerContext } from './layer-context.ts';

/** [B, …, C] → values from 0 to 1; it clips where a neuron in its place would have its threshold. */
export function reluLayer(x: tf.Tensor, layer: ReluLayer, context: LayerContext): tf.Tensor {
  return tf.tidy(() => {
    const stored = context.parameters[parameterNames.threshold(layer.id)];
    const threshold = stored ?? tf.tensor1d([context.network.neuron.threshold]);
    return quantizedRelu(x, threshold as tf.Tensor1D, layer.levels);
  });
}
