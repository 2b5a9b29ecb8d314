import type { HostTensor } from '@spikefit/snn';

/** `layer`: one codebook per layer; `channel`: one per output unit; `network`: one for all layers. */
export type CodebookGroup = 'layer' | 'channel' | 'network';

export type CodebookInitialization = 'k-means' | 'uniform';

export interface CodebookOptions {
  /** M, the values of one group. */
  readonly levels: number;
  /** Width of one stored code. */
  readonly bits: number;
  readonly group: CodebookGroup;
  /** Level `pinnedLevel(M)` is 0 and stays so. */
  readonly pinZero?: boolean | undefined;
  /** Where levels start; by default at the centres of k-means. */
  readonly initialization?: CodebookInitialization | undefined;
}

/** The codebook of a layer's weights: the layer's id, or `network`. */
export const codebookId = (group: CodebookGroup, layerId: string): string =>
  group === 'network' ? 'network' : layerId;

/** Kinds of trained parameters [G, K] that techniques have, one for each codebook: latent levels, or a step. */
const parameterKinds = ['levels', 'step'] as const;
export type CodebookParameterKind = (typeof parameterKinds)[number];

/** Name of the trained parameter of a codebook. */
export const codebookParameter = (id: string, kind: CodebookParameterKind): string => `${id}/${kind}`;

/** Names that a codebook's parameter may have. */
export const codebookParameters = (id: string): string[] =>
  parameterKinds.map((kind) => codebookParameter(id, kind));

/** The id of the codebook whose parameter this is; undefined for any other parameter. */
export function codebookOfParameter(name: string): string | undefined {
  const kind = parameterKinds.find((one) => name.endsWith(`/${one}`));
  return kind && name.slice(0, -kind.length - 1);
}

/** Units of a weight tensor: its last axis. */
export const unitsOfShape = (shape: readonly number[]): number => shape.at(-1) ?? 1;

/** Groups of a weight tensor: its units for `channel`, else 1. */
export const groupsOf = (group: CodebookGroup, shape: readonly number[]): number =>
  group === 'channel' ? unitsOfShape(shape) : 1;

/** Weights of group g: all of them, or those of unit g. A copy. */
export function groupValues({ shape, data }: HostTensor, group: CodebookGroup, g: number): Float32Array {
  if (group !== 'channel') return data.slice();
  const units = unitsOfShape(shape);
  const values = new Float32Array(data.length / units);
  for (let i = 0; i < values.length; i++) values[i] = data[i * units + g]!;
  return values;
}

/** Weights of group g in all these tensors, one after the other. */
export function joinedValues(tensors: readonly HostTensor[], group: CodebookGroup, g: number): Float32Array {
  const parts = tensors.map((tensor) => groupValues(tensor, group, g));
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Groups of the codebook that these weights share; for `channel` that is one tensor. */
export const groupsOfTensors = (tensors: readonly HostTensor[], group: CodebookGroup): number =>
  tensors[0] === undefined ? 0 : groupsOf(group, tensors[0].shape);
