import {
  codebookId,
  codebookOfParameter,
  codebookParameter,
  codebookRows,
  describeCodebooks,
  type FrozenCodebook,
  freezeCodebooks,
  type LayerCodebook,
  quantizeLayers,
  quantizeWeights,
  type SynapseMasks,
  weightsOfCodebooks,
} from '@spikefit/compression';
import { type Codebook, isWeightLayer, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { canReadAtOnce, type HostParameters, type HostTensor, parameterNames } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from './parameters.ts';
import { quantizerOf } from './techniques.ts';

/** A technique has one parameter for each codebook, trained like any other: `<layer>/levels`, `network/step`, … */
export const isCodebook = (name: string): boolean => codebookOfParameter(name) !== undefined;

export const usesCodebooks = (parameters: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(parameters).some(isCodebook);

export type Frozen = Readonly<Record<string, FrozenCodebook>> | null;

/** The codebooks of the technique as `describeCodebooks` takes them. */
const shapeOf = (spec: ResolvedSpec) => ({
  group: spec.quantization.group,
  rule: quantizerOf(spec).levels(spec.quantization),
});

/** The weights by layer id, in the order of the layers: joined codebooks depend on it. */
function weightsById<T>(network: Network, parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    network.layers.filter(isWeightLayer).map(({ id }) => [id, parameters[parameterNames.weights(id)]!]),
  );
}

/** The technique's parameters by codebook id. */
function byCodebook<T>(parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => {
      const id = codebookOfParameter(name);
      return id === undefined ? [] : [[id, value]];
    }),
  );
}

const hostData = (parameters: HostParameters): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(byCodebook(parameters)).map(([id, { data }]) => [id, data]));

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

/** Adds the technique's parameters to the trained ones, for the weights as they stand. */
export function withCodebooks(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): HostParameters {
  const { parameter, initialize } = quantizerOf(spec);
  const next = { ...parameters };
  for (const [id, members] of codebookMembers(spec, network, parameters)) {
    const data = initialize(members, spec.quantization);
    const groups = spec.quantization.group === 'channel' ? members[0]!.shape.at(-1)! : 1;
    next[codebookParameter(id, parameter)] = { shape: [groups, data.length / groups], data };
  }
  return next;
}

/** Values of the technique's parameters by codebook id, or undefined where they can be read when they are needed. */
export type Latents = Record<string, Float32Array> | undefined;

/** What `quantizedWeights` needs to have been read before. */
export async function readLatents(parameters: Tensors): Promise<Latents> {
  if (canReadAtOnce()) return undefined;
  const latents: Record<string, Float32Array> = {};
  for (const [id, tensor] of Object.entries(byCodebook(parameters)))
    latents[id] = await tensor.data<'float32'>();
  return latents;
}

/** Every layer's weights as their allowed values; differentiable. Null where there are no codebooks. */
export function quantizedWeights(
  spec: ResolvedSpec,
  network: Network,
  parameters: Tensors,
  frozen: Frozen,
  latents: Latents,
): Record<string, tf.Tensor> | null {
  if (!usesCodebooks(parameters)) return null;
  const { group, rule } = shapeOf(spec);
  return tf.tidy(() =>
    quantizeLayers(weightsById(network, parameters), byCodebook(parameters), group, (raw, own, id) =>
      quantizeWeights(raw, own, { rule, frozen: frozen?.[id], latents: latents?.[id] }),
    ),
  );
}

/**
 * The weights of a training step: those, or what the technique trains with in their place. `clustered` is the share that
 * is over of the phase in which codebooks come to be.
 */
export function trainedWeights(
  spec: ResolvedSpec,
  network: Network,
  parameters: Tensors,
  frozen: Frozen,
  latents: Latents,
  clustered: number,
): Record<string, tf.Tensor> | null {
  const { quantization } = spec;
  const soften = usesCodebooks(parameters) ? quantizerOf(spec).training?.soften : undefined;
  const temperature = soften?.temperature(quantization, clustered) ?? null;
  if (soften === undefined || temperature === null)
    return quantizedWeights(spec, network, parameters, frozen, latents);
  const options = { ...quantization, temperature };
  return tf.tidy(() =>
    quantizeLayers(
      weightsById(network, parameters),
      byCodebook(parameters),
      quantization.group,
      (raw, own, id) => soften.weights(raw, own, options, latents?.[id]),
    ),
  );
}

/** By name, the parameters that follow the weights after an update; most techniques have none. */
export function followWeights(spec: ResolvedSpec, network: Network, parameters: Tensors): Tensors {
  const { quantization } = spec;
  const follow = usesCodebooks(parameters) ? quantizerOf(spec).training?.follow : undefined;
  if (follow === undefined) return {};
  const joined = weightsOfCodebooks(weightsById(network, parameters), quantization.group);
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, own]) => {
      const id = codebookOfParameter(name);
      return id === undefined ? [] : [[name, follow(joined[id]!, own, quantization)]];
    }),
  );
}

/** The `weights` hook of `forward` for weights that were quantised before. */
export const useWeights = (
  quantized: Record<string, tf.Tensor> | null,
): { weights?: (layerId: string) => tf.Tensor } =>
  quantized === null ? {} : { weights: (layerId) => quantized[layerId]! };

/**
 * What the technique does with its parameters between epochs. Returns the moved positions per parameter: their moments
 * no longer mean anything.
 */
export function afterEpoch(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): { parameters: HostParameters; moved: Record<string, readonly number[]> } {
  const { parameter, training } = quantizerOf(spec);
  const next = { ...parameters };
  const moved: Record<string, readonly number[]> = {};
  if (!training?.afterEpoch) return { parameters: next, moved };
  for (const [id, members] of codebookMembers(spec, network, parameters)) {
    const name = codebookParameter(id, parameter);
    const { shape, data } = parameters[name]!;
    const adjusted = training.afterEpoch(members, data, spec.quantization);
    if (adjusted.moved.length === 0) continue;
    next[name] = { shape, data: adjusted.levels };
    moved[name] = adjusted.moved;
  }
  return { parameters: next, moved };
}

/** Fixes which level every weight uses, and the value of one code. */
export const freezeAssignments = (
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
): Record<string, FrozenCodebook> =>
  freezeCodebooks(weightsById(network, parameters), hostData(parameters), shapeOf(spec));

/** The stored form of every layer's weights as they stand; null where there are no codebooks. */
export function layerCodebooks(
  spec: ResolvedSpec,
  network: Network,
  parameters: HostParameters,
  frozen: Frozen,
): Record<string, LayerCodebook> | null {
  if (!usesCodebooks(parameters)) return null;
  return describeCodebooks(weightsById(network, parameters), hostData(parameters), {
    ...shapeOf(spec),
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
