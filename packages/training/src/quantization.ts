import {
  type CodebookOptions,
  codebookId,
  codebookRows,
  describeCodebooks,
  type FrozenCodebook,
  freezeCodebooks,
  initializeCodebooks,
  type LayerCodebook,
  levelsParameter,
  quantizeLayers,
  reseedLevels,
  type SynapseMasks,
} from '@spikefit/compression';
import { type Codebook, isWeightLayer, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { canReadAtOnce, type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from './parameters.ts';

/** Latent levels are parameters like any other: `<layer>/levels`, or `network/levels` for one codebook in all. */
export const isCodebook = (name: string): boolean => name.endsWith('/levels');

export const usesCodebooks = (parameters: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(parameters).some(isCodebook);

export type Frozen = Readonly<Record<string, FrozenCodebook>> | null;

const options = ({ quantization: { levels, bits, group } }: ResolvedSpec): CodebookOptions => ({
  levels,
  bits,
  group,
});

/** The weights by layer id, in the order of the layers: joined codebooks depend on it. */
function weightsById<T>(network: Network, parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    network.layers.filter(isWeightLayer).map(({ id }) => [id, parameters[parameterNames.weights(id)]!]),
  );
}

/** The levels by codebook id. */
function levelsById<T>(parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => isCodebook(name))
      .map(([name, value]) => [name.slice(0, -'/levels'.length), value]),
  );
}

const levelData = (parameters: HostParameters): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(levelsById(parameters)).map(([id, { data }]) => [id, data]));

/** The members of every codebook: all layers, or each layer alone. */
function codebookMembers(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): [id: string, HostTensor[]][] {
  const weights = weightsById(network, parameters);
  if (spec.quantization.group === 'network') return [[codebookId('network', ''), Object.values(weights)]];
  return Object.entries(weights).map(([id, tensor]) => [id, [tensor]]);
}

/** Adds codebooks to the trained parameters: exact k-means of the weights, the start of CAT. */
export function withCodebooks(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): HostParameters {
  const next = { ...parameters };
  for (const [id, members] of codebookMembers(spec, network, parameters)) {
    const data = initializeCodebooks(members, options(spec));
    next[levelsParameter(id)] = {
      shape: [data.length / spec.quantization.levels, spec.quantization.levels],
      data,
    };
  }
  return next;
}

/** Values of the levels by codebook id, or undefined where they can be read when they are needed. */
export type Latents = Record<string, Float32Array> | undefined;

/** What `quantizedWeights` needs to have been read before. */
export async function readLatents(parameters: Tensors): Promise<Latents> {
  if (canReadAtOnce()) return undefined;
  const latents: Record<string, Float32Array> = {};
  for (const [id, levels] of Object.entries(levelsById(parameters)))
    latents[id] = await levels.data<'float32'>();
  return latents;
}

/** Every layer's weights as their nearest allowed values; differentiable. Null where there are no codebooks. */
export function quantizedWeights(
  spec: ResolvedSpec,
  network: Network,
  parameters: Tensors,
  frozen: Frozen,
  latents: Latents,
): Record<string, tf.Tensor> | null {
  if (!usesCodebooks(parameters)) return null;
  return tf.tidy(() =>
    quantizeLayers(weightsById(network, parameters), levelsById(parameters), {
      ...options(spec),
      frozen: frozen ?? undefined,
      latents,
    }),
  );
}

/** The `weights` hook of `forward` for weights that were quantised before. */
export const useWeights = (
  quantized: Record<string, tf.Tensor> | null,
): { weights?: (layerId: string) => tf.Tensor } =>
  quantized === null ? {} : { weights: (layerId) => quantized[layerId]! };

/**
 * Levels that too few weights use start again beside the most used one. Returns the moved positions per parameter:
 * their moments no longer mean anything.
 */
export function reseedStarvedLevels(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): { parameters: HostParameters; moved: Record<string, readonly number[]> } {
  const next = { ...parameters };
  const moved: Record<string, readonly number[]> = {};
  for (const [id, members] of codebookMembers(spec, network, parameters)) {
    const name = levelsParameter(id);
    const { shape, data } = parameters[name]!;
    const reseeded = reseedLevels(members, data, options(spec));
    if (reseeded.moved.length === 0) continue;
    next[name] = { shape, data: reseeded.levels };
    moved[name] = reseeded.moved;
  }
  return { parameters: next, moved };
}

/** Fixes which level every weight uses, and the value of one code. */
export const freezeAssignments = (
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): Record<string, FrozenCodebook> =>
  freezeCodebooks(weightsById(network, parameters), levelData(parameters), options(spec));

/** The stored form of every layer's weights as they stand; null where there are no codebooks. */
export function layerCodebooks(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
  frozen: Frozen,
): Record<string, LayerCodebook> | null {
  if (!usesCodebooks(parameters)) return null;
  return describeCodebooks(weightsById(network, parameters), levelData(parameters), {
    ...options(spec),
    frozen: frozen ?? undefined,
  });
}

/** Rows for Postgres: every group's allowed values and how many weights use each. */
export function describeRows(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
  frozen: Frozen,
  synapses: SynapseMasks,
): Codebook[] {
  const codebooks = layerCodebooks(spec, network, parameters, frozen);
  return codebooks === null ? [] : codebookRows(codebooks, synapses);
}
