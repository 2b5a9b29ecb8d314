import type { NeuronBackwardAttributes, SpikingLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { parameterNames } from '../networks/parameter-names.ts';
import type { NeuronParameters } from '../neurons/composed-forward.ts';
import { neuronSpikes } from '../ops/neuron.ts';
import { type LayerContext, parameter } from './layer-context.ts';

/** 1/τ [1]: learnt by PLIF, stored by a folded network, else from the settings. */
function decayOf(layer: SpikingLayer, context: LayerContext): tf.Tensor1D {
  const stored = context.parameters[parameterNames.decay(layer.id)];
  if (stored !== undefined) return stored as tf.Tensor1D;
  if (layer.neuron === 'plif')
    return tf.sigmoid(parameter(context, parameterNames.decayLogit(layer.id)) as tf.Tensor1D);
  return tf.tensor1d([1 / context.network.neuron.tau]);
}

export function neuronParameters(layer: SpikingLayer, context: LayerContext): NeuronParameters {
  const settings = context.network.neuron;
  const constant = (name: string, value: number) =>
    (context.parameters[name] ?? tf.tensor1d([value])) as tf.Tensor1D;
  return {
    decay: decayOf(layer, context),
    threshold: constant(parameterNames.threshold(layer.id), settings.threshold),
    reset: constant(parameterNames.reset(layer.id), settings.resetValue),
  };
}

export function neuronAttributes(layer: SpikingLayer, context: LayerContext): NeuronBackwardAttributes {
  const { network, temporal } = context;
  const settings = network.neuron;
  return {
    timeSteps: network.timeSteps,
    repeat: !temporal,
    neuron: layer.neuron === 'if' ? 'if' : 'lif',
    decayInput: settings.decayInput,
    resetMode: settings.reset,
    comparison: settings.comparison,
    resetDelay: settings.resetDelay,
    surrogate: settings.surrogate.name,
    surrogateParameter: settings.surrogate.parameter,
    detachReset: settings.detachReset,
  };
}

/** Currents [T·B, …, C], or [B, …, C] that are the same at every step → spikes [T·B, …, C]. */
export function neuronLayer(x: tf.Tensor, layer: SpikingLayer, context: LayerContext): tf.Tensor {
  return tf.tidy(() => neuronSpikes(x, neuronParameters(layer, context), neuronAttributes(layer, context)));
}
