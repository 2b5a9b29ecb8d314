import type { ConvLayer, DenseLayer, WeightLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import { channelAffine } from '../ops/channel-affine.ts';
import { type LayerContext, parameter } from './layer-context.ts';

/** The weights that the layer computes with: the raw ones, or what a quantiser makes of them. */
function effectiveWeights(layer: WeightLayer, context: LayerContext): tf.Tensor {
  const raw = parameter(context, parameterNames.weights(layer.id));
  return context.weights === undefined ? raw : context.weights(layer.id, raw);
}

function addBias(y: tf.Tensor, layer: WeightLayer, context: LayerContext): tf.Tensor {
  if (!layer.useBias) return y;
  const bias = parameter(context, parameterNames.bias(layer.id)) as tf.Tensor1D;
  return channelAffine(y, tf.ones(bias.shape), bias);
}

/** Convolution with same padding, [N, H, W, in] → [N, H', W', filters]. */
export function convLayer(x: tf.Tensor, layer: ConvLayer, context: LayerContext): tf.Tensor {
  return tf.tidy(() => {
    const weights = effectiveWeights(layer, context) as tf.Tensor4D;
    return addBias(tf.conv2d(x as tf.Tensor4D, weights, layer.stride, 'same'), layer, context);
  });
}

/** [N, …] flattened in (height, width, channel) order → [N, units]. */
export function denseLayer(x: tf.Tensor, layer: DenseLayer, context: LayerContext): tf.Tensor {
  return tf.tidy(() => {
    const rows = x.shape[0]!;
    const flat = tf.reshape(x, [rows, x.size / rows]) as tf.Tensor2D;
    return addBias(tf.matMul(flat, effectiveWeights(layer, context) as tf.Tensor2D), layer, context);
  });
}
