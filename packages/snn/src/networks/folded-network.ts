import { CodedError, isWeightLayer, type Network } from '@spikefit/contracts';
import { inputsLeft, type NeuronMasks } from '@spikefit/specification';
import type { HostParameters, HostTensor } from '../tensors/host-tensor.ts';
import { parameterNames } from './parameter-names.ts';

/** The allowed values of one group: value k is float32(delta · codes[k]); codes ascend and differ. */
export interface CodeGroup {
  readonly codes: Int8Array;
  readonly delta: number;
}

/** Weights of one layer as M values and an index per weight. */
export interface IndexedWeights {
  /** `channel`: one group per output unit. `layer` and `network`: one group; of `network` every layer has the same. */
  readonly group: 'layer' | 'channel' | 'network';
  readonly groups: readonly CodeGroup[];
  /** One per weight, in the order output unit, kernel row, kernel column, input. */
  readonly indices: Uint8Array;
}

/** One of `codebook` and `dense` is null. */
export interface FoldedWeights {
  /** HWIO of a convolution, [inputs, units] of an FC. */
  readonly shape: readonly number[];
  readonly codebook: IndexedWeights | null;
  /** In the order of `shape`. */
  readonly dense: Float32Array | null;
  /**
   * In the order of `IndexedWeights.indices`: 1 where there is a synapse. One that was pruned is absent: it computes as 0,
   * is stored nowhere, and its index means nothing. Weights of an FC that read a pruned neuron are absent too. Left out: every
   * synapse is there.
   */
  readonly present?: Uint8Array | undefined;
}

/**
 * A network without batch norm and dropout: what is exported, read back and measured. Batch norm has become bias,
 * threshold and reset of each channel, or part of the weights; see docs/method.md.
 */
export interface FoldedNetwork {
  readonly network: Network;
  readonly weights: Readonly<Record<string, FoldedWeights>>;
  /** [units] for every weight layer with `useBias`. */
  readonly bias: Readonly<Record<string, Float32Array>>;
  /** For every neuron layer: [1] or [channels]. */
  readonly threshold: Readonly<Record<string, Float32Array>>;
  /** For every neuron layer: reset potential, also the potential before the first step; [1] or [channels]. */
  readonly reset: Readonly<Record<string, Float32Array>>;
  /** For every LIF and PLIF layer: 1/τ. */
  readonly decay: Readonly<Record<string, number>>;
  /** For every prunable layer: its units in the dense network, and which of them stayed. */
  readonly kept: Readonly<Record<string, { readonly units: number; readonly indices: readonly number[] }>>;
  /** Which neurons are there, where single ones were pruned. */
  readonly neurons: NeuronMasks;
}

/** Weight layers with a mask of synapses of their own: one that says more than which neurons an FC reads. */
export function layersWithSynapseMask({ network, weights, neurons }: FoldedNetwork): Set<string> {
  const left = inputsLeft(network, neurons);
  const ids = Object.entries(weights).flatMap(([id, { present }]) => {
    const own = left[id];
    const follows = own !== undefined && present?.every((one, i) => one === own[i % own.length]);
    return present === undefined || follows ? [] : [id];
  });
  return new Set(ids);
}

/**
 * Weights from the order of the tensor, whose last axis is the unit, into (output unit, rest) order. Works for both
 * kinds: the rest is kernel row, kernel column, input, or the inputs of an FC. `denseWeights` is the way back.
 */
export function unitsFirst<T extends Uint8Array | Float32Array>(values: T, units: number, out: T): T {
  const rest = values.length / units;
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < rest; i++) out[unit * rest + i] = values[i * units + unit]!;
  }
  return out;
}

/** The way back: from (output unit, rest) order into that of the tensor. */
export function unitsLast<T extends Uint8Array | Float32Array>(values: T, units: number, out: T): T {
  const rest = values.length / units;
  for (let unit = 0; unit < units; unit++) {
    for (let i = 0; i < rest; i++) out[i * units + unit] = values[unit * rest + i]!;
  }
  return out;
}

/** Which synapses are there, in the order of the shape; null: all. */
export const presentSynapses = ({ shape, present }: FoldedWeights): Uint8Array | null =>
  present === undefined ? null : unitsLast(present, shape.at(-1)!, new Uint8Array(present.length));

/** Weights as floats in the order of their shape, 0 where there is no synapse. Throws `internal.error` when neither form is there. */
export function denseWeights(weights: FoldedWeights): Float32Array {
  const present = presentSynapses(weights);
  const values = everyWeight(weights);
  return present === null ? values : values.map((value, i) => (present[i] === 1 ? value : 0));
}

function everyWeight({ shape, codebook, dense }: FoldedWeights): Float32Array {
  if (dense !== null) return dense;
  if (codebook === null)
    throw new CodedError('internal.error', 'folded weights have neither codebook nor values');
  const units = shape.at(-1)!;
  const { indices, groups } = codebook;
  const values = new Float32Array(indices.length);
  const rest = indices.length / units;
  const tables = groups.map(({ codes, delta }) => Float32Array.from(codes, (code) => delta * code));
  for (let unit = 0; unit < units; unit++) {
    const table = tables[tables.length === 1 ? 0 : unit]!;
    for (let i = 0; i < rest; i++) values[i * units + unit] = table[indices[unit * rest + i]!]!;
  }
  return values;
}

/** The parameters that `forward` takes to run a folded network; thresholds and resets keep their [1] or [channels]. */
export function foldedParameters(folded: FoldedNetwork): HostParameters {
  const parameters: HostParameters = {};
  const vector = (data: Float32Array): HostTensor => ({ shape: [data.length], data });
  for (const layer of folded.network.layers) {
    if (isWeightLayer(layer)) {
      const weights = folded.weights[layer.id]!;
      parameters[parameterNames.weights(layer.id)] = {
        shape: [...weights.shape],
        data: denseWeights(weights),
      };
      if (layer.useBias) parameters[parameterNames.bias(layer.id)] = vector(folded.bias[layer.id]!);
    } else if (layer.kind === 'neuron') {
      parameters[parameterNames.threshold(layer.id)] = vector(folded.threshold[layer.id]!);
      parameters[parameterNames.reset(layer.id)] = vector(folded.reset[layer.id]!);
      const decay = folded.decay[layer.id];
      if (decay !== undefined) parameters[parameterNames.decay(layer.id)] = vector(Float32Array.of(decay));
      const present = folded.neurons[layer.id];
      if (present !== undefined)
        parameters[parameterNames.present(layer.id)] = {
          shape: [...layer.outputShape],
          data: Float32Array.from(present),
        };
    }
  }
  return parameters;
}
