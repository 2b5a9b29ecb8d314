import type { HostTensor } from '@spikefit/snn';
import { assign } from './assign.ts';
import { usesEveryCode } from './code-range.ts';
import { type CodebookOptions, groupsOfTensors, joinedValues } from './options.ts';
import { snapCodes } from './snap-codes.ts';

/** A level that fewer than this share of its group's weights use is starved. */
const starvedShare = 0.001;

export interface ReseededLevels {
  /** [G·M]. */
  readonly levels: Float32Array;
  /** Positions in `levels` that were moved: their optimiser moments no longer mean anything. */
  readonly moved: readonly number[];
}

/**
 * Gives starved levels new work: the level with the most weights is split at its mean, the starved one takes the upper
 * half. A group whose weights are too few or too equal to split stays as it is, and so does a grid (M = 2^bits), whose
 * levels cannot move. `weights` are the layer's, or those of all layers for a `network` group.
 */
export function reseedLevels(
  weights: HostTensor | readonly HostTensor[],
  levels: Float32Array,
  options: CodebookOptions,
): ReseededLevels {
  const next = levels.slice();
  if (usesEveryCode(options.levels, options.bits)) return { levels: next, moved: [] };
  const tensors = 'shape' in weights ? [weights] : weights;
  const moved = new Set<number>();
  for (let g = 0; g < groupsOfTensors(tensors, options.group); g++) {
    const values = joinedValues(tensors, options.group, g);
    const own = next.subarray(g * options.levels, (g + 1) * options.levels);
    for (const k of reseedGroup(values, own, options.bits)) moved.add(g * options.levels + k);
  }
  return { levels: next, moved: [...moved].sort((a, b) => a - b) };
}

/** Changes `levels` [M] in place; gives the positions that it changed. */
function reseedGroup(values: Float32Array, levels: Float32Array, bits: number): number[] {
  const moved: number[] = [];
  for (let round = 0; round < levels.length; round++) {
    const assignments = assign(values, snapCodes(levels, bits));
    const counts = new Array<number>(levels.length).fill(0);
    for (const k of assignments) counts[k]! += 1;
    const starved = counts.findIndex((n) => n < starvedShare * values.length);
    if (starved === -1) break;
    const largest = counts.indexOf(Math.max(...counts));
    const halves = split(values.filter((_, i) => assignments[i] === largest));
    if (halves === null) break;
    [levels[largest], levels[starved]] = halves;
    moved.push(largest, starved);
  }
  return moved;
}

/** Means of the values up to the mean and above it; null when they are all equal. */
function split(values: Float32Array): [lower: number, upper: number] | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const lower = values.filter((value) => value <= mean);
  const upper = values.filter((value) => value > mean);
  if (lower.length === 0 || upper.length === 0) return null;
  const meanOf = (part: Float32Array) => part.reduce((sum, value) => sum + value, 0) / part.length;
  return [meanOf(lower), meanOf(upper)];
}
