import { type Codebook, isWeightLayer, type Network, type ResolvedSpec } from '@spikefit/contracts';
import {
  assignWeights,
  initializeCodebooks,
  quantizeWeights,
  reseedLevels,
  snapCodes,
} from '@spikefit/compression';
import type { ForwardOptions, HostParameters, HostTensor } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from './parameters.ts';
import type { FrozenLayer, TrainingState } from './state.ts';

/** Latent levels are parameters like any other, named `<layer>/levels` or, for one codebook in all, `network/levels`. */
export const isCodebook = (name: string): boolean => name.endsWith('/levels');

const codebookName = (spec: ResolvedSpec, layerId: string): string =>
  spec.quantization.group === 'network' ? 'network/levels' : `${layerId}/levels`;

const weightLayerIds = (network: Network): string[] => network.layers.filter(isWeightLayer).map((layer) => layer.id);

export const usesCodebooks = (parameters: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(parameters).some(isCodebook);

/** Exact k-means on the trained weights: the start of CAT. */
export function withCodebooks(spec: ResolvedSpec, network: Network, parameters: HostParameters): HostParameters {
  const { levels, bits, group } = spec.quantization;
  const ids = weightLayerIds(network);
  const weights = (id: string): HostTensor => parameters[`${id}/weights`]!;
  const codebooks: HostParameters = {};
  if (group === 'network') {
    codebooks['network/levels'] = asLevels(initializeCodebooks(ids.map(weights), { levels, bits, group }), levels);
  } else {
    for (const id of ids) {
      codebooks[`${id}/levels`] = asLevels(initializeCodebooks([weights(id)], { levels, bits, group }), levels);
    }
  }
  return { ...parameters, ...codebooks };
}

const asLevels = (data: Float32Array, levels: number): HostTensor => ({ shape: [data.length / levels, levels], data });

/** The `weights` hook of `forward`: every weight becomes its nearest allowed value. Undefined before CAT. */
export function weightQuantizer(
  spec: ResolvedSpec,
  state: Pick<TrainingState, 'frozen'>,
  parameters: Tensors,
): NonNullable<ForwardOptions['weights']> | undefined {
  if (!usesCodebooks(parameters)) return undefined;
  const { bits, group } = spec.quantization;
  return (layerId, raw) => {
    const frozen = state.frozen?.[layerId];
    return quantizeWeights(raw, parameters[codebookName(spec, layerId)]!, { bits, group, ...(frozen ? { frozen } : {}) });
  };
}

/** λ·mean|w − ŵ|², which draws weights towards their levels; null where λ = 0. */
export function pullPenalty(
  spec: ResolvedSpec,
  state: Pick<TrainingState, 'frozen'>,
  parameters: Tensors,
): tf.Scalar | null {
  const quantize = weightQuantizer(spec, state, parameters);
  if (!quantize || spec.quantization.pull === 0) return null;
  const terms = Object.entries(parameters)
    .filter(([name]) => name.endsWith('/weights'))
    .map(([name, raw]) => {
      const target = quantize(name.slice(0, -'/weights'.length), raw);
      // Only the weights move: the levels are fixed points here.
      const fixed = tf.tensor(target.dataSync<'float32'>(), target.shape);
      return tf.mean(tf.square(tf.sub(raw, fixed)));
    });
  return tf.mul(tf.addN(terms), spec.quantization.pull) as tf.Scalar;
}

/** Levels that too few weights use start again beside the most used one; a function of the state alone. */
export function reseedStarvedLevels(spec: ResolvedSpec, network: Network, parameters: HostParameters): HostParameters {
  const { bits, group } = spec.quantization;
  const ids = weightLayerIds(network);
  const next = { ...parameters };
  const groups = group === 'network' ? [ids] : ids.map((id) => [id]);
  for (const members of groups) {
    const name = codebookName(spec, members[0]!);
    const levels = parameters[name]!;
    next[name] = { shape: levels.shape, data: reseedLevels(members.map((id) => parameters[`${id}/weights`]!), levels, { bits, group }) };
  }
  return next;
}

/** Fixes, for every weight, which level it uses, and for every group the value of one code. */
export function freezeAssignments(spec: ResolvedSpec, network: Network, parameters: HostParameters): Record<string, FrozenLayer> {
  return Object.fromEntries(
    weightLayerIds(network).map((id) => {
      const levels = parameters[codebookName(spec, id)]!;
      const { assignments, groups } = assignWeights(parameters[`${id}/weights`]!, levels, spec.quantization);
      return [id, { assignments, delta: groups.map(({ delta }) => delta) }];
    }),
  );
}

/** What the export stores for one layer: codes, Δ and one level index per weight. */
export interface LayerCodes {
  readonly assignments: Uint8Array;
  readonly groups: readonly { codes: Int8Array; delta: number }[];
}

export function layerCodes(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
  frozen: Record<string, FrozenLayer> | null,
): Record<string, LayerCodes> {
  return Object.fromEntries(
    weightLayerIds(network).map((id) => {
      const levels = parameters[codebookName(spec, id)]!;
      const fixed = frozen?.[id];
      if (!fixed) return [id, assignWeights(parameters[`${id}/weights`]!, levels, spec.quantization)];
      const width = spec.quantization.levels;
      const groups = fixed.delta.map((delta, group) =>
        snapCodes(levels.data.subarray(group * width, (group + 1) * width), spec.quantization.bits, delta),
      );
      return [id, { assignments: fixed.assignments, groups }];
    }),
  );
}

/** Rows for Postgres: every group's allowed values and how many weights use each. */
export function describeCodebooks(spec: ResolvedSpec, state: TrainingState): Codebook[] {
  if (!usesCodebooks(state.parameters)) return [];
  const { levels } = spec.quantization;
  const codes = layerCodes(spec, state.network, state.parameters, state.frozen);
  return Object.entries(codes).flatMap(([layer, { assignments, groups }]) => {
    const counts = groups.map(() => new Array<number>(levels).fill(0));
    // The unit (output channel) is the last axis, and with it the group of `channel` codebooks.
    for (let i = 0; i < assignments.length; i++) counts[i % groups.length]![assignments[i]!]! += 1;
    return groups.map(({ codes: values, delta }, group) => ({
      layer,
      group,
      levels,
      codes: [...values],
      delta,
      counts: counts[group]!,
    }));
  });
}
