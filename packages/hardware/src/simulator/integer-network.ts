import { CodedError, type Network, type NeuronLayer, type WeightLayer } from '@spikefit/contracts';
import type { FoldedNetwork, IndexedWeights } from '@spikefit/snn';
import { type NetworkBlock, networkBlocks } from '@spikefit/specification';

/** Pixels are given as 8-bit codes: a pixel is code / 255. */
const pixelLevels = 255;

/** Fraction bits of a potential where a target names none. */
const defaultFractionBits = 8;

/**
 * One weight layer, its pools and its neurons in integers. A potential is an integer multiple of
 * `unit[channel]` = Δ · (value of an input code of 1) / 2^fractionBits.
 */
export interface IntegerBlock {
  readonly block: NetworkBlock;
  /** In the order output unit, kernel row, kernel column, input. */
  readonly codes: Int8Array;
  readonly fractionBits: number;
  /** Float, per unit: what an integer 1 of the potential means. */
  readonly unit: Float64Array;
  /** Per unit, rounded to the grid of the potential. */
  readonly bias: Int32Array;
  /** Per unit; empty for a read-out without neuron. */
  readonly threshold: Int32Array;
  readonly reset: Int32Array;
  /** 1/τ in 2^−decayBits; 0 for IF. */
  readonly decay: number;
  readonly decayBits: number;
  /** [H·W·C] of the neuron layer: 0 where pruning has removed the neuron, which never spikes; null: all are there. */
  readonly present: Uint8Array | null;
}

export interface IntegerNetwork {
  readonly network: Network;
  readonly blocks: readonly IntegerBlock[];
}

/**
 * The integer form of an exported network: weights are the codes of their codebooks; thresholds, resets and biases are
 * divided by the step Δ, since a LIF neuron is scale-equivariant, and rounded to `fractionBits`. The layer that reads an
 * image takes its 8-bit codes, whose 1/255 is the finer grid already: it has no further fraction bits. An average pool is a
 * sum here, and its division is part of the reader's unit.
 * @throws CodedError internal.error for weights without codebook, spec.activation-invalid for an ANN twin
 */
export function toIntegerNetwork(
  folded: FoldedNetwork,
  { fractionBits = defaultFractionBits }: { fractionBits?: number } = {},
): IntegerNetwork {
  const { network } = folded;
  if (network.layers.some((layer) => layer.kind === 'neuron' && layer.neuron === 'relu')) {
    const detail =
      'the integer executor runs neurons that spike: export the network with "activation": "spikes"';
    throw new CodedError('spec.activation-invalid', detail, {
      errors: [{ pointer: '/model/activation', detail }],
    });
  }
  let inputUnit = network.encoder === 'direct' ? 1 / pixelLevels : 1;
  const blocks = networkBlocks(network).map((block, position) => {
    const own = codebookOf(folded, block.weight);
    const { present } = folded.weights[block.weight.id]!;
    const readsImage = position === 0 && network.encoder === 'direct';
    const bits = readsImage ? 0 : fractionBits;
    const before = block.poolsBeforeNeuron.reduce(
      (area, { kind, size }) => area * (kind === 'averagePool' ? size ** 2 : 1),
      1,
    );
    const units = block.weight.outputShape[2];
    const unit = Float64Array.from(
      { length: units },
      (_, channel) =>
        (own.groups[own.groups.length === 1 ? 0 : channel]!.delta * inputUnit) / (before * 2 ** bits),
    );
    inputUnit = block.poolsAfterNeuron.reduce(
      (share, { kind, size }) => share / (kind === 'averagePool' ? size ** 2 : 1),
      1,
    );
    return {
      block,
      codes: codesOf(own, present),
      fractionBits: bits,
      unit,
      bias: onGrid(folded.bias[block.weight.id] ?? Float32Array.of(0), unit),
      ...neuronConstants(folded, block.neuron, unit, fractionBits),
      present: folded.neurons[block.neuron?.id ?? ''] ?? null,
    };
  });
  return { network, blocks };
}

function neuronConstants(
  folded: FoldedNetwork,
  neuron: NeuronLayer | null,
  unit: Float64Array,
  fractionBits: number,
): Pick<IntegerBlock, 'threshold' | 'reset' | 'decay' | 'decayBits'> {
  const decayBits = fractionBits;
  if (neuron === null) return { threshold: new Int32Array(0), reset: new Int32Array(0), decay: 0, decayBits };
  const decay = folded.decay[neuron.id];
  return {
    threshold: onGrid(folded.threshold[neuron.id]!, unit),
    reset: onGrid(folded.reset[neuron.id]!, unit),
    decay: decay === undefined ? 0 : Math.round(decay * 2 ** decayBits),
    decayBits,
  };
}

/** A vector, or one value for all, in integer multiples of each channel's unit. */
function onGrid(values: Float32Array, unit: Float64Array): Int32Array {
  return Int32Array.from(unit, (one, channel) => {
    const integer = Math.round(values[values.length === 1 ? 0 : channel]! / one);
    return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, integer));
  });
}

function codebookOf({ weights }: FoldedNetwork, { id }: WeightLayer): IndexedWeights {
  const codebook = weights[id]?.codebook ?? null;
  if (codebook === null)
    throw new CodedError('internal.error', `layer "${id}" has no codebook, so no integer weights`);
  return codebook;
}

/** 0 where there is no synapse. */
function codesOf({ groups, indices }: IndexedWeights, present: Uint8Array | undefined): Int8Array {
  const rest = groups.length === 1 ? indices.length : indices.length / groups.length;
  return Int8Array.from(indices, (index, i) =>
    present?.[i] === 0 ? 0 : groups[groups.length === 1 ? 0 : Math.floor(i / rest)]!.codes[index]!,
  );
}
