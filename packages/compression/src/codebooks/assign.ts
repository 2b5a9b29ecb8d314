import { latentOrder, type SnappedLevels } from './snap-codes.ts';

/** A group's values in ascending order, ready for look-ups. */
export interface LevelTable {
  /** Position in the latent levels, by rank of the value. */
  readonly order: Uint8Array;
  /** float32(delta · code), by rank. */
  readonly values: Float32Array;
  /** Thresholds between neighbours, by rank; a weight on one of them goes to the lower value. */
  readonly midpoints: Float64Array;
}

/** Thresholds are the midpoints: every weight takes its nearest value. */
export function levelTable({ codes, delta }: SnappedLevels): LevelTable {
  const order = Uint8Array.from(latentOrder(codes));
  const values = Float32Array.from(order, (k) => delta * codes[k]!);
  const midpoints = new Float64Array(Math.max(0, values.length - 1));
  for (let rank = 0; rank < midpoints.length; rank++)
    midpoints[rank] = (values[rank]! + values[rank + 1]!) / 2;
  return { order, values, midpoints };
}

/** Rank of a weight's value: how many thresholds lie below the weight. */
export function nearestRank({ midpoints }: LevelTable, weight: number): number {
  let low = 0;
  let high = midpoints.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weight > midpoints[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For every weight the position of its level in `codes`. O(N log M). */
export function assign(weights: Float32Array, table: LevelTable): Uint8Array {
  return Uint8Array.from(weights, (weight) => table.order[nearestRank(table, weight)]!);
}
