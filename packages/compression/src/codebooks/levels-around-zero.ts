import { exactKMeans } from '../clustering/exact-k-means.ts';
import { smallestDelta } from './code-range.ts';
import { pinnedLevel } from './pinned-level.ts';

const mostRounds = 100;

/**
 * M ascending levels of which the one at `pinnedLevel(M)` is 0: exact k-means of the weights on either side with one
 * cluster more than there are levels, whose centre next to 0 is left out, then Lloyd's iterations with 0 held.
 */
export function levelsAroundZero(values: Float32Array, levels: number): Float32Array {
  const pinned = pinnedLevel(levels);
  const magnitudes = (sign: 1 | -1, count: number): number[] =>
    outerCenters(
      values.filter((value) => value * sign > 0).map((value) => value * sign),
      count,
    );
  const sorted = Float64Array.from(values).sort();
  let centers = [
    ...magnitudes(-1, pinned)
      .map((x) => -x)
      .reverse(),
    0,
    ...magnitudes(1, levels - 1 - pinned),
  ];
  for (let round = 0; round < mostRounds; round++) {
    const next = lloyd(sorted, centers, pinned);
    if (next.every((center, k) => center === centers[k])) break;
    centers = next;
  }
  return Float32Array.from(centers);
}

/** The largest `count` centres of count + 1 clusters of positive values, ascending; further ones beyond if there are too few. */
function outerCenters(values: Float32Array, count: number): number[] {
  if (count === 0) return [];
  const centers = [...exactKMeans({ values, levels: count + 1 }).centers].slice(-count);
  while (centers.length < count) centers.push(2 * (centers.at(-1) ?? smallestDelta));
  return centers;
}

/** One iteration: the mean of the values that are nearest to each centre; 0 and centres without values stay. */
function lloyd(sorted: Float64Array, centers: readonly number[], pinned: number): number[] {
  let from = 0;
  return centers.map((center, k) => {
    const next = centers[k + 1];
    const end = next === undefined ? Number.POSITIVE_INFINITY : (center + next) / 2;
    let to = from;
    let sum = 0;
    for (; to < sorted.length && sorted[to]! <= end; to++) sum += sorted[to]!;
    const size = to - from;
    from = to;
    return k === pinned || size === 0 ? center : sum / size;
  });
}
