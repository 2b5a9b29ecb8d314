import type { Codebook } from '@spikefit/contracts';
import type { HostTensor } from '@spikefit/snn';
import { assign } from './assign.ts';
import { type LevelGroup, type LevelRule, levelGroups } from './level-groups.ts';
import { type CodebookGroup, codebookId, groupsOf, groupValues, unitsOfShape } from './options.ts';
import type { FrozenCodebook } from './quantize-weights.ts';
import { latentOrder, type SnappedLevels } from './snap-codes.ts';

/** What a layer's weights are stored as: per group ascending codes and Δ, per weight its code's position. */
export interface LayerCodebook {
  readonly group: CodebookGroup;
  readonly groups: readonly SnappedLevels[];
  /** In the order of the weight tensor. */
  readonly assignments: Uint8Array;
}

interface CodebookShape {
  readonly group: CodebookGroup;
  readonly rule: LevelRule;
}

/**
 * The codebooks of all layers as they stand, by layer id: exactly the values that `quantizeWeights` gives.
 * `parameters` [G·K] by codebook id; `frozen` where assignments are frozen.
 */
export function describeCodebooks(
  weights: Readonly<Record<string, HostTensor>>,
  parameters: Readonly<Record<string, Float32Array>>,
  options: CodebookShape & { readonly frozen?: Readonly<Record<string, FrozenCodebook>> | undefined },
): Record<string, LayerCodebook> {
  const { group, rule } = options;
  const described: Record<string, LayerCodebook> = {};
  let offset = 0;
  for (const [layerId, tensor] of Object.entries(weights)) {
    const id = codebookId(group, layerId);
    const frozen = options.frozen?.[id];
    const size = tensor.data.length;
    const groups = levelGroups(parameters[id]!, groupsOf(group, tensor.shape), size, rule, frozen?.delta);
    const assignments =
      frozen === undefined
        ? assignGroups(tensor, group, groups)
        : frozen.assignments.slice(...(group === 'network' ? [offset, offset + size] : [0]));
    described[layerId] = ascending({ group, groups, assignments });
    offset += size;
  }
  return described;
}

/** Freezes the assignments and steps as they stand; by codebook id. */
export function freezeCodebooks(
  weights: Readonly<Record<string, HostTensor>>,
  parameters: Readonly<Record<string, Float32Array>>,
  { group, rule }: CodebookShape,
): Record<string, FrozenCodebook> {
  const frozen: Record<string, { assignments: Uint8Array; delta: number[] }> = {};
  for (const [layerId, tensor] of Object.entries(weights)) {
    const id = codebookId(group, layerId);
    const groups = levelGroups(parameters[id]!, groupsOf(group, tensor.shape), tensor.data.length, rule);
    const assignments = assignGroups(tensor, group, groups);
    const before = frozen[id]?.assignments ?? new Uint8Array(0);
    const joined = new Uint8Array(before.length + assignments.length);
    joined.set(before);
    joined.set(assignments, before.length);
    frozen[id] = { assignments: joined, delta: groups.map(({ delta }) => delta) };
  }
  return frozen;
}

function assignGroups(tensor: HostTensor, group: CodebookGroup, groups: readonly LevelGroup[]): Uint8Array {
  if (group !== 'channel') return assign(tensor.data, groups[0]!.table);
  const units = unitsOfShape(tensor.shape);
  const assignments = new Uint8Array(tensor.data.length);
  for (const [unit, { table }] of groups.entries()) {
    const own = assign(groupValues(tensor, group, unit), table);
    for (let i = 0; i < own.length; i++) assignments[i * units + unit] = own[i]!;
  }
  return assignments;
}

/** The same values with the codes in ascending order. */
function ascending({ group, groups, assignments }: LayerCodebook): LayerCodebook {
  const orders = groups.map(({ codes }) => latentOrder(codes));
  const ranks = orders.map((order) => {
    const rank = new Uint8Array(order.length);
    for (const [position, k] of order.entries()) rank[k] = position;
    return rank;
  });
  return {
    group,
    groups: groups.map(({ codes, delta }, g) => ({
      codes: Int8Array.from(orders[g]!, (k) => codes[k]!),
      delta,
    })),
    assignments: assignments.map((k, i) => ranks[groups.length === 1 ? 0 : i % groups.length]![k]!),
  };
}

/** The rows that a checkpoint and the API show, one per layer and group; weights that `present` has as 0 are not counted. */
export function codebookRows(
  codebooks: Readonly<Record<string, LayerCodebook>>,
  present: Readonly<Record<string, Uint8Array>> = {},
): Codebook[] {
  return Object.entries(codebooks).flatMap(([layer, { groups, assignments }]) => {
    const counts = groups.map(({ codes }) => new Array<number>(codes.length).fill(0));
    for (const [i, k] of assignments.entries())
      counts[groups.length === 1 ? 0 : i % groups.length]![k]! += present[layer]?.[i] ?? 1;
    return groups.map(({ codes, delta }, group) => ({
      layer,
      group,
      levels: codes.length,
      codes: [...codes],
      delta,
      counts: counts[group]!,
    }));
  });
}
