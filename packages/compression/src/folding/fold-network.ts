import { CodedError, isLeaky, type Layer, type Network, type NeuronLayer } from '@spikefit/contracts';
import {
  batchNormEpsilon,
  type FoldedNetwork,
  type FoldedWeights,
  type HostParameters,
  parameterNames,
  unitsFirst,
  weightShape,
} from '@spikefit/snn';
import {
  type KeptUnits,
  type NetworkBlock,
  networkBlocks,
  prunableLayers,
  unitsOf,
} from '@spikefit/specification';
import type { LayerCodebook } from '../codebooks/layer-codebook.ts';
import { neuronMasks, synapsesOfNeurons } from '../pruning/neuron-masks.ts';
import type { SynapseMasks } from '../pruning/synapse-masks.ts';

export interface FoldInput {
  /** As it is now, pruned or not. */
  readonly network: Network;
  readonly parameters: HostParameters;
  /** By weight layer; without it the weights stay floats. */
  readonly codebooks?: Readonly<Record<string, LayerCodebook>> | undefined;
  /** The network before pruning, and which of its units are left. Default: nothing was pruned. */
  readonly dense?: Network | undefined;
  readonly kept?: KeptUnits | undefined;
  /** Which synapses are left. */
  readonly synapses?: SynapseMasks | undefined;
}

/**
 * Removes batch norm and dropout. With σ = √(running variance + ε), γ(x + b − μ)/σ + β becomes
 * - `layer` and `network` codebooks: into the neuron, which is scale-equivariant: x + b + βσ/γ − μ against the threshold
 *   θσ/γ with reset vσ/γ, so that the weights keep their M values;
 * - `channel` codebooks: into the step, Δγ/σ, and the bias (b − μ)γ/σ + β; threshold and reset stay;
 * - no codebook: into the weights, wγ/σ, and the same bias.
 * Pools between batch norm and neuron commute with a positive scale and a shift. Masks of neurons come from `parameters`; weights that
 * read none of those that are left go with them.
 * Throws `internal.error` where γ is not positive (see `makeGammaPositive`) or a batch norm reaches no neuron.
 */
export function foldNetwork({
  network,
  parameters,
  codebooks,
  dense = network,
  kept = {},
  synapses = {},
}: FoldInput): FoldedNetwork {
  const weights: Record<string, FoldedWeights> = {};
  const bias: Record<string, Float32Array> = {};
  const threshold: Record<string, Float32Array> = {};
  const reset: Record<string, Float32Array> = {};
  const decay: Record<string, number> = {};
  const neurons = neuronMasks(network, parameters);
  const readers = synapsesOfNeurons(network, neurons);
  for (const block of networkBlocks(network)) {
    const { weight, neuron } = block;
    const codebook = codebooks?.[weight.id];
    const scale = channelScale(block, parameters);
    const intoNeuron = codebook !== undefined && codebook.group !== 'channel';
    const whole = foldWeights(block, parameters, codebook, intoNeuron ? null : scale);
    const mask = synapses[weight.id] ?? readers[weight.id];
    weights[weight.id] = mask === undefined ? whole : withMask(whole, mask);
    const folded = foldBias(block, parameters, intoNeuron ? null : scale);
    if (folded !== null) bias[weight.id] = folded;
    if (neuron === null) continue;
    const spread = (value: number): Float32Array =>
      intoNeuron && scale !== null && value !== 0
        ? Float32Array.from(scale, (s) => value / s)
        : Float32Array.of(value);
    threshold[neuron.id] = spread(network.neuron.threshold);
    reset[neuron.id] = spread(network.neuron.resetValue);
    if (isLeaky(neuron)) decay[neuron.id] = decayOf(neuron, network, parameters);
  }
  return {
    network: withoutNorms(network),
    neurons,
    weights,
    bias,
    threshold,
    reset,
    decay,
    kept: Object.fromEntries(
      prunableLayers(dense).map(({ id, units }) => [
        id,
        { units, indices: kept[id] ?? Array.from({ length: units }, (_, unit) => unit) },
      ]),
    ),
  };
}

/** γ/σ per channel; null without batch norm. */
function channelScale(
  { weight, batchNorm, neuron }: NetworkBlock,
  parameters: HostParameters,
): Float64Array | null {
  if (batchNorm === null) return null;
  if (neuron === null) {
    throw new CodedError('internal.error', `batch norm ${batchNorm.id} after ${weight.id} feeds no neuron`);
  }
  const gamma = parameters[parameterNames.gamma(batchNorm.id)]!.data;
  const variance = parameters[parameterNames.variance(batchNorm.id)]!.data;
  return Float64Array.from(gamma, (value, unit) => {
    if (!(value > 0)) {
      throw new CodedError(
        'internal.error',
        `γ of channel ${unit} of ${batchNorm.id} is ${value}, not positive`,
      );
    }
    return value / Math.sqrt(variance[unit]! + batchNormEpsilon);
  });
}

/** Weights in their final values; `scale` is what goes into the weights or the steps. */
function foldWeights(
  { weight }: NetworkBlock,
  parameters: HostParameters,
  codebook: LayerCodebook | undefined,
  scale: Float64Array | null,
): FoldedWeights {
  const shape = weightShape(weight);
  const units = unitsOf(weight);
  if (codebook === undefined) {
    const { data } = parameters[parameterNames.weights(weight.id)]!;
    const dense = scale === null ? data.slice() : data.map((value, i) => value * scale[i % units]!);
    return { shape, codebook: null, dense };
  }
  const groups = codebook.groups.map(({ codes, delta }, unit) => ({
    codes: codes.slice(),
    delta: scale === null ? delta : Math.fround(delta * scale[unit]!),
  }));
  const indices = unitsFirst(codebook.assignments, units, new Uint8Array(codebook.assignments.length));
  return { shape, codebook: { group: codebook.group, groups, indices }, dense: null };
}

/** Absent synapses have index and weight 0, so that equal networks are equal. `mask` is in the order of the weights. */
function withMask({ shape, codebook, dense }: FoldedWeights, mask: Uint8Array): FoldedWeights {
  const present = unitsFirst(mask, shape.at(-1)!, new Uint8Array(mask.length));
  return {
    shape,
    codebook: codebook && { ...codebook, indices: codebook.indices.map((index, i) => index * present[i]!) },
    dense: dense?.map((value, i) => (mask[i] === 1 ? value : 0)) ?? null,
    present,
  };
}

/** Null for a layer without bias. `scale` as for the weights; null puts the scale into the neuron. */
function foldBias(
  { weight, batchNorm }: NetworkBlock,
  parameters: HostParameters,
  scale: Float64Array | null,
): Float32Array | null {
  const own = parameters[parameterNames.bias(weight.id)]?.data;
  if (batchNorm === null) return own?.slice() ?? null;
  const vector = (name: string) => parameters[name]!.data;
  const gamma = vector(parameterNames.gamma(batchNorm.id));
  const beta = vector(parameterNames.beta(batchNorm.id));
  const mean = vector(parameterNames.mean(batchNorm.id));
  const variance = vector(parameterNames.variance(batchNorm.id));
  return Float32Array.from(gamma, (value, unit) => {
    const shifted = (own?.[unit] ?? 0) - mean[unit]!;
    if (scale !== null) return shifted * scale[unit]! + beta[unit]!;
    return shifted + (beta[unit]! * Math.sqrt(variance[unit]! + batchNormEpsilon)) / value;
  });
}

/** 1/τ as it is stored, in float32. */
function decayOf({ id, neuron }: NeuronLayer, network: Network, parameters: HostParameters): number {
  if (neuron !== 'plif') return Math.fround(1 / network.neuron.tau);
  return Math.fround(1 / (1 + Math.exp(-parameters[parameterNames.decayLogit(id)]!.data[0]!)));
}

/** The layers that a folded network has; what fed a batch norm has a bias now. */
function withoutNorms(network: Network): Network {
  const normalised = new Set(
    networkBlocks(network).flatMap(({ weight, batchNorm }) => (batchNorm === null ? [] : [weight.id])),
  );
  const layers = network.layers
    .filter(({ kind }) => kind !== 'batchNorm' && kind !== 'dropout')
    .map((layer): Layer => (normalised.has(layer.id) ? ({ ...layer, useBias: true } as Layer) : layer));
  return { ...network, layers };
}
