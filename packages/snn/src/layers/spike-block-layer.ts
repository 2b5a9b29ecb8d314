import type { BatchNormLayer, MaxPoolLayer, SpikingLayer, WeightLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import { type BlockNormalization, spikeBlock } from '../ops/spike-block.ts';
import { type BatchStatistics, batchNormalization, varianceCorrection } from './batch-norm-layer.ts';
import { type LayerContext, parameter } from './layer-context.ts';
import { neuronAttributes, neuronParameters } from './neuron-layer.ts';

/** Neighbouring layers that are computed in one step. */
export interface SpikeBlockLayers {
  /** The layer in front, whose bias has not been added yet. */
  readonly biased?: WeightLayer | undefined;
  readonly batchNorm?: BatchNormLayer | undefined;
  readonly neuron: SpikingLayer;
  readonly maxPool?: MaxPoolLayer | undefined;
}

function normalizationOf({ biased, batchNorm }: SpikeBlockLayers, context: LayerContext): BlockNormalization {
  if (batchNorm !== undefined) return batchNormalization(batchNorm, context);
  if (biased === undefined) return { kind: 'none' };
  const bias = parameter(context, parameterNames.bias(biased.id)) as tf.Tensor1D;
  return { kind: 'affine', first: tf.ones(bias.shape), second: bias };
}

/** What the layers give one after the other; `count` is the number of spikes before the pool. */
export function spikeBlockLayer(
  x: tf.Tensor,
  layers: SpikeBlockLayers,
  context: LayerContext,
): { spikes: tf.Tensor; count: tf.Scalar; statistics?: BatchStatistics } {
  return tf.tidy(() => {
    const { spikes, count, statistics } = spikeBlock(x, {
      normalization: normalizationOf(layers, context),
      parameters: neuronParameters(layers.neuron, context),
      attributes: {
        ...neuronAttributes(layers.neuron, context),
        poolSize: layers.maxPool?.size ?? 1,
        decayGradient: layers.neuron.neuron === 'plif',
      },
    });
    if (statistics === undefined) return { spikes, count };
    const correction = varianceCorrection(x, statistics.mean, context);
    return { spikes, count, statistics: { ...statistics, correction } };
  });
}
