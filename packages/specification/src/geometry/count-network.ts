import { CodedError, type Network, type WeightLayer } from '@spikefit/contracts';
import { type NetworkBlock, networkBlocks } from './blocks.ts';
import { tapsAlong } from './taps-along.ts';

export interface LayerCounts {
  /** Units (feature maps, or outputs of an FC) that carry neurons. */
  readonly channels: number;
  /** Spiking neurons: units · height · width where the neuron layer stands. */
  readonly neurons: number;
  /** Stored weights; biases and what batch norm has are not among them. */
  readonly weights: number;
  /** Unrolled connections; what would read the padding is no connection. */
  readonly synapses: number;
}

export interface NetworkCounts extends LayerCounts {
  /** Multiply-accumulates of the first weight layer for one pass over its input. */
  readonly macsFirstLayer: number;
  /** Those of all other weight layers, for one time step. */
  readonly macsOtherLayersPerStep: number;
  /**
   * Of one image's forward pass over all T. Under direct encoding the first layer sees the same image at every step
   * and is computed once.
   */
  readonly multiplyAccumulatesPerImage: number;
}

/**
 * Counts of one layer. A weight layer counts its weights, its synapses and the neurons that it drives; all other
 * layers count zero, so that the counts of a network are the sums over its layers.
 * A read-out without neuron has no channels and no neurons.
 */
export function countLayer(network: Network, index: number): LayerCounts {
  if (network.layers[index] === undefined) {
    throw new CodedError('internal.error', `the network has no layer at position ${index}`);
  }
  const block = networkBlocks(network).find((candidate) => candidate.index === index);
  return block === undefined ? { channels: 0, neurons: 0, weights: 0, synapses: 0 } : countBlock(block);
}

/** Counts of a whole network, dense or pruned, with or without batch norm. */
export function countNetwork(network: Network): NetworkCounts {
  const total = { channels: 0, neurons: 0, weights: 0, synapses: 0 };
  let macsFirstLayer = 0;
  for (const [position, block] of networkBlocks(network).entries()) {
    const counts = countBlock(block);
    total.channels += counts.channels;
    total.neurons += counts.neurons;
    total.weights += counts.weights;
    total.synapses += counts.synapses;
    if (position === 0) macsFirstLayer = counts.synapses;
  }
  const macsOtherLayersPerStep = total.synapses - macsFirstLayer;
  const passesOfFirstLayer = network.encoder === 'direct' ? 1 : network.timeSteps;
  return {
    ...total,
    macsFirstLayer,
    macsOtherLayersPerStep,
    multiplyAccumulatesPerImage:
      passesOfFirstLayer * macsFirstLayer + network.timeSteps * macsOtherLayersPerStep,
  };
}

function countBlock({ weight, neuron }: NetworkBlock): LayerCounts {
  const [height, width, channels] = neuron?.outputShape ?? [0, 0, 0];
  return {
    channels,
    neurons: height * width * channels,
    weights: countWeights(weight),
    synapses: countSynapses(weight),
  };
}

/** Weights stored by a layer: kernel² · input channels · filters, or inputs · units. */
export function countWeights(layer: WeightLayer): number {
  const [height, width, channels] = layer.inputShape;
  return layer.kind === 'conv'
    ? layer.kernel ** 2 * channels * layer.filters
    : height * width * channels * layer.units;
}

/** Unrolled connections of a layer. */
function countSynapses(layer: WeightLayer): number {
  if (layer.kind === 'dense') return countWeights(layer);
  const [height, width, channels] = layer.inputShape;
  const rows = tapsAlong(height, layer.kernel, layer.stride).length;
  const columns = tapsAlong(width, layer.kernel, layer.stride).length;
  return rows * columns * channels * layer.filters;
}

/** Units of a weight layer: filters or units. */
export const unitsOf = (layer: WeightLayer): number => (layer.kind === 'conv' ? layer.filters : layer.units);

/**
 * Bits of the dense network: 32 for each weight, for one bias per unit, and for one threshold per unit that has neurons.
 */
export function denseSizeBits(network: Network): number {
  let numbers = 0;
  for (const { weight, neuron } of networkBlocks(network)) {
    numbers += countWeights(weight) + unitsOf(weight) * (neuron === null ? 1 : 2);
  }
  return 32 * numbers;
}
