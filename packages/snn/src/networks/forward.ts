import {
  assertExhaustive,
  CodedError,
  type Layer,
  type Network,
  type NeuronLayer,
  type ReluLayer,
  type SpikingLayer,
} from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchStream } from '../encoders/batch-stream.ts';
import { encodeRate } from '../encoders/rate-encoder.ts';
import { type BatchStatistics, batchNormLayer } from '../layers/batch-norm-layer.ts';
import { dropoutLayer } from '../layers/dropout-layer.ts';
import type { LayerContext, TensorsByName } from '../layers/layer-context.ts';
import { neuronLayer } from '../layers/neuron-layer.ts';
import { averagePoolLayer, maxPoolLayer } from '../layers/pool-layer.ts';
import { reluLayer } from '../layers/relu-layer.ts';
import { type SpikeBlockLayers, spikeBlockLayer } from '../layers/spike-block-layer.ts';
import { convLayer, denseLayer } from '../layers/weighted-layer.ts';
import { gateSpikes } from '../ops/gate.ts';
import { countSpikes } from '../ops/spike-block.ts';
import { networkSteps } from './network-steps.ts';
import { parameterNames } from './parameter-names.ts';

export interface ForwardOptions {
  /** True: batch norm with the statistics of the batch, dropout on. */
  readonly training: boolean;
  /** By neuron layer id, [B, C] or [B, H, W, C]: receive Σ s·∂L/∂s per sample; their values change nothing. */
  readonly gates?: Readonly<Record<string, tf.Tensor>> | undefined;
  /** Gives the weights that a conv or dense layer computes with, from the raw ones: a quantiser. */
  readonly weights?: ((layerId: string, raw: tf.Tensor) => tf.Tensor) | undefined;
  /** Needed by rate encoding, and by dropout in training. */
  readonly stream?: BatchStream | undefined;
  readonly collectSpikes?: boolean | undefined;
  /** Default true. Counting reads every spike once more, a few per cent of a training step. */
  readonly countSpikes?: boolean | undefined;
}

/** All tensors are the caller's to dispose (or a surrounding tidy's). */
export type ForwardResult = {
  /** [B, classes]: the mean over T of the last layer's output. */
  logits: tf.Tensor2D;
  /** By batch norm id; only in training. */
  batchStatistics: Record<string, BatchStatistics>;
  /** By neuron id: spikes, of a ReLU outputs that are not 0, over T, B and space, an int32 scalar; empty without countSpikes. */
  spikeSums: Record<string, tf.Scalar>;
  /** By neuron id, the outputs [T·B, …, C]; only with collectSpikes. */
  spikes?: Record<string, tf.Tensor>;
};

/** Samples of an input as `forward` takes it. */
export const samplesOf = ({ encoder, timeSteps }: Network, input: tf.Tensor4D): number =>
  encoder === 'event' ? input.shape[0] / timeSteps : input.shape[0];

/** What the first layer reads: images as they are, frames of events, or spikes drawn from `stream`. */
export function encodeInput(
  network: Network,
  input: tf.Tensor4D,
  stream: BatchStream | undefined,
): tf.Tensor {
  const expected = network.inputShape.join(' × ');
  const isWhole = Number.isInteger(samplesOf(network, input));
  if (input.rank !== 4 || input.shape.slice(1).join(' × ') !== expected || !isWhole) {
    const rows = network.encoder === 'event' ? `${network.timeSteps}·B` : 'B';
    throw new CodedError(
      'internal.error',
      `the network takes [${rows}, ${expected}], not [${input.shape.join(', ')}]`,
    );
  }
  if (network.encoder !== 'rate') return tf.clone(input);
  if (stream === undefined) throw new CodedError('internal.error', 'rate encoding needs a random stream');
  return encodeRate(input, network.timeSteps, stream);
}

/** An output of a ReLU counts as one event if it is not 0. */
const countNonzero = (x: tf.Tensor): tf.Scalar => tf.tidy(() => countSpikes(tf.notEqual(x, 0)));

/** Mean over time; an activation without time is its own mean. */
function readOut(
  x: tf.Tensor,
  temporal: boolean,
  { timeSteps, classes }: Network,
  batchSize: number,
): tf.Tensor2D {
  const steps = temporal ? timeSteps : 1;
  return tf.mean(tf.reshape(x, [steps, batchSize, classes]), 0) as tf.Tensor2D;
}

/**
 * Runs a network on a batch of images [B, H, W, C] in 0..1, or of binary frames of events [T·B, H, W, C] where its
 * encoder is `event`. Time is merged into the batch, `[T·B, …]` with time first. With direct encoding everything before the first neuron is the same at every step: it is computed once
 * on [B, …], and the neuron repeats it, exactly.
 *
 * Neighbouring layers around a neuron run as one fused op, unless its own spikes are asked for (a gate, or
 * collectSpikes): the result is the same but for the order of sums. Where parameters say which neurons are present, the others'
 * spikes are dropped before anything reads them.
 *
 * Differentiable to the parameters and the gates. Disposes its own intermediate tensors as it goes.
 *
 * @throws CodedError internal.error where parameters, input or options do not fit the network
 */
export function forward(
  network: Network,
  parameters: TensorsByName,
  input: tf.Tensor4D,
  options: ForwardOptions,
): ForwardResult {
  return tf.tidy(() => {
    const batchStatistics: Record<string, BatchStatistics> = {};
    const spikeSums: Record<string, tf.Scalar> = {};
    const spikes: Record<string, tf.Tensor> = {};
    const batchSize = samplesOf(network, input);
    let temporal = network.encoder !== 'direct';

    const contextNow = (): LayerContext => {
      const { training, weights, stream } = options;
      return { network, parameters, training, batchSize, temporal, weights, stream };
    };

    const presentOf = ({ id }: NeuronLayer): tf.Tensor | undefined => parameters[parameterNames.present(id)];

    const dropAbsent = (fired: tf.Tensor, neuron: NeuronLayer): tf.Tensor => {
      const present = presentOf(neuron);
      if (present === undefined) return fired;
      const left = tf.mul(fired, present);
      fired.dispose();
      return left;
    };

    const runBlock = (x: tf.Tensor, block: SpikeBlockLayers): tf.Tensor => {
      const { neuron } = block;
      const { spikes: fired, count, statistics } = spikeBlockLayer(x, block, contextNow());
      temporal = true;
      const left = dropAbsent(fired, neuron);
      if (options.countSpikes !== false)
        spikeSums[neuron.id] = presentOf(neuron) === undefined ? count : countSpikes(left);
      if (block.batchNorm && statistics) batchStatistics[block.batchNorm.id] = statistics;
      return left;
    };

    const fire = (x: tf.Tensor, layer: SpikingLayer | ReluLayer, context: LayerContext): tf.Tensor => {
      if (layer.neuron === 'relu') return reluLayer(x, layer, context);
      temporal = true;
      return neuronLayer(x, layer, context);
    };

    const runLayer = (x: tf.Tensor, layer: Layer, position: number): tf.Tensor => {
      const context = contextNow();
      switch (layer.kind) {
        case 'conv':
          return convLayer(x, layer, context);
        case 'dense':
          return denseLayer(x, layer, context);
        case 'maxPool':
          return maxPoolLayer(x, layer);
        case 'averagePool':
          return averagePoolLayer(x, layer);
        case 'dropout':
          return dropoutLayer(x, layer, position, context);
        case 'batchNorm': {
          const { y, statistics } = batchNormLayer(x, layer, context);
          if (statistics !== undefined) batchStatistics[layer.id] = statistics;
          return y;
        }
        case 'neuron': {
          const fired = dropAbsent(fire(x, layer, context), layer);
          if (options.countSpikes !== false)
            spikeSums[layer.id] = layer.neuron === 'relu' ? countNonzero(fired) : countSpikes(fired);
          if (options.collectSpikes === true) spikes[layer.id] = tf.clone(fired);
          const gate = options.gates?.[layer.id];
          if (gate === undefined) return fired;
          const gated = gateSpikes(fired, gate, network.timeSteps);
          fired.dispose();
          return gated;
        }
        default:
          return assertExhaustive(layer);
      }
    };

    let activation = encodeInput(network, input, options.stream);
    const apart = ({ id }: SpikingLayer) =>
      options.collectSpikes === true || options.gates?.[id] !== undefined;
    const masked = (neuron: NeuronLayer) => presentOf(neuron) !== undefined;
    for (const step of networkSteps(network.layers, (neuron) => !apart(neuron), masked)) {
      const next =
        step.kind === 'block'
          ? runBlock(activation, step.block)
          : runLayer(activation, step.layer, step.position);
      // What the backward pass needs is on the tape by reference; holding the rest would double the memory.
      activation.dispose();
      activation = next;
    }
    const logits = readOut(activation, temporal, network, batchSize);
    const result = { logits, batchStatistics, spikeSums };
    return options.collectSpikes === true ? { ...result, spikes } : result;
  });
}
