/**
 * `weights` and `dy` are [size / groups, groups]: one codebook per column, or one for all. Tables are by rank, then
 * group: midpoints [levels − 1, groups], levels [levels, groups]. Where `assignments` are given they are the ranks.
 */
export interface CodebookTensors {
  readonly groups: number;
  readonly weights: Float32Array;
  readonly assignments: Uint8Array | null;
  readonly midpoints: Float32Array;
  readonly levels: ArrayLike<number>;
}

/** Rank of every weight: the number of midpoints below it. */
function ranks({ groups, weights, assignments, midpoints, levels }: CodebookTensors): number[] {
  if (assignments !== null) return [...assignments];
  const count = levels.length / groups;
  return Array.from(weights, (weight, i) => {
    let rank = 0;
    while (rank + 1 < count && weight > midpoints[rank * groups + (i % groups)]!) rank += 1;
    return rank;
  });
}

/** The level of every weight. */
export function codebookForward(tensors: CodebookTensors): Float64Array {
  const { groups, levels } = tensors;
  return Float64Array.from(ranks(tensors), (rank, i) => levels[rank * groups + (i % groups)]!);
}

/**
 * dWeights: dy from `lowest` to `highest` [groups], else 0; all 0 where assignments are given. sums and counts
 * [groups, levels]: Σ dy and number of the weights of each level.
 */
export function codebookGradient(
  tensors: CodebookTensors,
  { lowest, highest }: { lowest: Float32Array; highest: Float32Array },
  dy: Float32Array,
): { dWeights: Float32Array; sums: Float64Array; counts: Float64Array } {
  const { groups, weights, assignments, levels } = tensors;
  const count = levels.length / groups;
  const sums = new Float64Array(levels.length);
  const counts = new Float64Array(levels.length);
  for (const [i, rank] of ranks(tensors).entries()) {
    const k = (i % groups) * count + rank;
    sums[k]! += dy[i]!;
    counts[k]! += 1;
  }
  const dWeights = dy.map((gradient, i) => {
    const [weight, group] = [weights[i]!, i % groups];
    return assignments === null && weight >= lowest[group]! && weight <= highest[group]! ? gradient : 0;
  });
  return { dWeights, sums, counts };
}
