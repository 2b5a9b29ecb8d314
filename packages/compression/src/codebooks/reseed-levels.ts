import type { HostTensor } from '@spikefit/snn';
import { assign, levelTable } from './assign.ts';
import { usesEveryCode } from './code-range.ts';
import { type CodebookOptions, groupsOfTensors, joinedValues } from './options.ts';
import { pinnedLevel } from './pinned-level.ts';
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
 * levels cannot move. A pinned zero stays, and levels stay on their side of it: the only one there has none to take work from. `weights` are the layer's, or those of all layers for a `network` group.
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
    for (const k of reseedGroup(values, own, options)) moved.add(g * options.levels + k);
  }
  return { levels: next, moved: [...moved].sort((a, b) => a - b) };
}

/** Changes `levels` [M] in place; gives the positions that it changed. */
function reseedGroup(
  values: Float32Array,
  levels: Float32Array,
  { bits, pinZero }: CodebookOptions,
): number[] {
  const pinned = pinZero ? pinnedLevel(levels.length) : undefined;
  const moved: number[] = [];
  for (let round = 0; round < levels.length; round++) {
    const assignments = assign(values, levelTable(snapCodes(levels, bits, { pinned })));
    const counts = new Array<number>(levels.length).fill(0);
    for (const k of assignments) counts[k]! += 1;
    const pair = counts
      .flatMap((n, k) => (k !== pinned && n < starvedShare * values.length ? [k] : []))
      .map((starved) => ({ starved, largest: mostUsed(counts, pinned, starved) }))
      .find(({ starved, largest }) => largest !== starved && counts[largest]! > 0);
    if (pair === undefined) break;
    const { starved, largest } = pair;
    const halves = split(values.filter((_, i) => assignments[i] === largest));
    if (halves === null) break;
    [levels[largest], levels[starved]] = halves;
    moved.push(largest, starved);
  }
  return moved;
}

/** The most used level, of those on the same side of a pinned one. */
function mostUsed(counts: readonly number[], pinned: number | undefined, starved: number): number {
  const [from, to] =
    pinned === undefined ? [0, counts.length] : starved < pinned ? [0, pinned] : [pinned + 1, counts.length];
  return counts.indexOf(Math.max(...counts.slice(from, to)), from);
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
