import { isLeaky, type Network, type ResolvedSpec, type WeightLayer } from '@spikefit/contracts';
import { type NetworkBlock, networkBlocks } from './blocks.ts';
import { unitsOf } from './count-network.ts';
import type { KeptUnits } from './prune-network.ts';
import { tapsAlong } from './taps-along.ts';

/** What one block adds to a cost, in the numbering of the dense network. */
export interface BlockCost {
  readonly weightId: string;
  readonly units: number;
  /** By input channel: the cost of its connections to one unit. */
  readonly perPair: ArrayLike<number>;
  /** Of one unit, whatever reaches it. */
  readonly perUnit: number;
}

/**
 * A quantity of a network that pruning of units lowers: neurons, synapses, bits, operations. All are sums over pairs of an
 * input channel and a unit, over units, and of a constant:
 * Σ_blocks n·(Σ_kept inputs perPair + perUnit) + constant, n the block's kept units.
 */
export interface NetworkCost {
  /** For messages: what is counted. */
  readonly unit: string;
  readonly blocks: readonly BlockCost[];
  readonly constant: number;
}

const uniform = (length: number, value: number): Float64Array => new Float64Array(length).fill(value);

/** Connections between one input channel and one unit: unrolled, borders of same padding counted exactly. */
export function connectionsPerPair(layer: WeightLayer): number {
  const [height, width] = layer.inputShape;
  if (layer.kind === 'dense') return height * width;
  return (
    tapsAlong(height, layer.kernel, layer.stride).length * tapsAlong(width, layer.kernel, layer.stride).length
  );
}

/** Weights between one input channel and one unit. */
const weightsPerPair = (layer: WeightLayer): number =>
  layer.kind === 'conv' ? layer.kernel ** 2 : layer.inputShape[0] * layer.inputShape[1];

function costOf(
  network: Network,
  unit: string,
  of: (block: NetworkBlock) => { pair: number; unit: number },
  constant = 0,
): NetworkCost {
  return {
    unit,
    constant,
    blocks: networkBlocks(network).map((block) => {
      const { pair, unit: perUnit } = of(block);
      const { weight } = block;
      return {
        weightId: weight.id,
        units: unitsOf(weight),
        perPair: uniform(weight.inputShape[2], pair),
        perUnit,
      };
    }),
  };
}

/** Units that pruning may remove: those of every layer but the last. */
export const unitCost = (network: Network): NetworkCost =>
  costOf(network, 'units', ({ isOutput }) => ({ pair: 0, unit: isOutput ? 0 : 1 }));

/** Spiking neurons. */
export const neuronCost = (network: Network): NetworkCost =>
  costOf(network, 'neurons', ({ neuron }) => ({
    pair: 0,
    unit: neuron === null ? 0 : neuron.outputShape[0] * neuron.outputShape[1],
  }));

/** Stored synapses: unrolled connections. */
export const synapseCost = (network: Network): NetworkCost =>
  costOf(network, 'synapses', ({ weight }) => ({ pair: connectionsPerPair(weight), unit: 0 }));

const bitsPerHalf = 16;
const bitsPerFloat = 32;
const bitsPerCode = 8;
/** Packed indices end at a byte. */
const mostPadding = 7;

/** Bits of one packed index: ternary indices go five to a byte. */
export const indexBits = (levels: number): number =>
  levels === 3 ? 8 / 5 : Math.max(1, Math.ceil(Math.log2(levels)));

/**
 * Bits of the artifact, see the package `interchange` for its tensors: never fewer than it really has, and at most 8 more per
 * layer, since indices are padded to bytes. `network` is the dense one, with its batch norms.
 */
export function sizeCost(network: Network, quantization: ResolvedSpec['quantization']): NetworkCost {
  const isQuantized = quantization.technique !== 'none';
  const { levels, group } = quantization;
  const perWeight = isQuantized ? indexBits(levels) : bitsPerFloat;
  const perGroup = isQuantized ? levels * bitsPerCode + bitsPerFloat : 0;
  // Batch norm folds into the neuron, which then has a threshold per unit, unless steps of channels or weights take it.
  const foldsIntoNeuron = isQuantized && group !== 'channel';
  let constant = group === 'network' ? perGroup : 0;
  const cost = costOf(network, 'bits', ({ weight, batchNorm, neuron, isOutput }) => {
    let unit = group === 'channel' ? perGroup : 0;
    if (group === 'layer') constant += perGroup;
    constant += isQuantized ? mostPadding : 0;
    if (weight.useBias || batchNorm !== null) {
      unit += bitsPerHalf;
      constant += bitsPerFloat;
    }
    if (neuron !== null) {
      const perChannel = foldsIntoNeuron && batchNorm !== null;
      const numbers = perChannel && network.neuron.resetValue !== 0 ? 2 : 1;
      unit += perChannel ? bitsPerHalf * numbers : 0;
      constant += 2 * bitsPerFloat + bitsPerHalf * (perChannel ? 2 - numbers : 2);
      if (isLeaky(neuron)) constant += bitsPerFloat;
    }
    if (!isOutput) constant += 8 * Math.ceil(unitsOf(weight) / 8);
    return { pair: weightsPerPair(weight) * perWeight, unit };
  });
  return { ...cost, constant };
}

/** Of a network of which these units are left; layers that are not named are whole. */
export function costLeft({ blocks, constant }: NetworkCost, kept: KeptUnits): number {
  let total = constant;
  let inputs: readonly number[] | undefined;
  for (const { weightId, units, perPair, perUnit } of blocks) {
    const read = inputs ?? Array.from({ length: perPair.length }, (_, channel) => channel);
    const incoming = read.reduce((sum, channel) => sum + perPair[channel]!, 0);
    total += (kept[weightId]?.length ?? units) * (incoming + perUnit);
    inputs = kept[weightId];
  }
  return total;
}

/** The least that pruning can reach: every layer at its floor. Needs a cost whose channels all weigh the same. */
export const costAtFloors = (cost: NetworkCost, floors: readonly { id: string; floor: number }[]): number =>
  costLeft(
    cost,
    Object.fromEntries(floors.map(({ id, floor }) => [id, Array.from({ length: floor }, (_, unit) => unit)])),
  );
