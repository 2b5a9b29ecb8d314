import { latentOrder, type SnappedLevels } from './snap-codes.ts';

/** A group's values in ascending order, ready for look-ups. */
export interface LevelTable {
  /** Position in the latent levels, by rank of the value. */
  readonly order: Uint8Array;
  /** float32(delta · code), by rank. */
  readonly values: Float32Array;
  /** Midpoints between neighbours, by rank; a weight on a midpoint goes to the lower value. */
  readonly midpoints: Float64Array;
}

export function levelTable({ codes, delta }: SnappedLevels): LevelTable {
  const order = Uint8Array.from(latentOrder(codes));
  const values = Float32Array.from(order, (k) => delta * codes[k]!);
  const midpoints = new Float64Array(Math.max(0, values.length - 1));
  for (let rank = 0; rank < midpoints.length; rank++)
    midpoints[rank] = (values[rank]! + values[rank + 1]!) / 2;
  return { order, values, midpoints };
}

/** Rank of the nearest value: how many midpoints lie below the weight. */
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

/**
 * For every weight the latent level (its position in `codes`) whose stored value Δ·z is nearest; ties go to the lower
 * value. O(N log M).
 */
export function assign(weights: Float32Array, snapped: SnappedLevels): Uint8Array {
  const table = levelTable(snapped);
  return Uint8Array.from(weights, (weight) => table.order[nearestRank(table, weight)]!);
}
