/**
 * Exact 1-D k-means: the partition of sorted values into intervals with the least sum of squared distances, by dynamic
 * programming with divide and conquer (the best split never moves left as the end moves right), O(k · n log n).
 * Up to `maxPoints` different values it is exact; beyond, it is exact for the histogram of so many equal bins, whose
 * masses and sums are those of the values.
 */

export interface Clustering {
  /** Ascending; fewer than asked for when there are fewer different values. */
  readonly centers: Float64Array;
  /** Values in each cluster. */
  readonly counts: Float64Array;
  /** Σ of squared distances to the centres (of the bins' means where values were binned). */
  readonly cost: number;
}

const defaultMaxPoints = 1 << 16;

export function exactKMeans({
  values,
  levels,
  maxPoints = defaultMaxPoints,
}: {
  values: Float32Array | Float64Array;
  levels: number;
  maxPoints?: number;
}): Clustering {
  const points = collectPoints(values, maxPoints);
  const clusters = Math.min(levels, points.value.length);
  return cluster(points, clusters);
}

interface Points {
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

function collectPoints(values: Float32Array | Float64Array, maxPoints: number): Points {
  const sorted = new Float64Array(values).sort();
  const value = new Float64Array(sorted.length);
  const weight = new Float64Array(sorted.length);
  let count = 0;
  for (const current of sorted) {
    if (count === 0 || current !== value[count - 1]) value[count++] = current;
    weight[count - 1]! += 1;
  }
  const points = { value: value.subarray(0, count), weight: weight.subarray(0, count) };
  return count <= maxPoints ? points : bin(points, maxPoints);
}

function bin({ value, weight }: Points, bins: number): Points {
  const lowest = value[0]!;
  const scale = bins / (value[value.length - 1]! - lowest);
  const means = new Float64Array(bins);
  const masses = new Float64Array(bins);
  let count = 0;
  let openBin = -1;
  for (let i = 0; i < value.length; i++) {
    const index = Math.min(bins - 1, Math.floor((value[i]! - lowest) * scale));
    if (index !== openBin) {
      openBin = index;
      count += 1;
    }
    means[count - 1]! += value[i]! * weight[i]!;
    masses[count - 1]! += weight[i]!;
  }
  for (let i = 0; i < count; i++) means[i]! /= masses[i]!;
  return { value: means.subarray(0, count), weight: masses.subarray(0, count) };
}

function cluster({ value, weight }: Points, clusters: number): Clustering {
  const n = value.length;
  if (n === 0) return { centers: new Float64Array(0), counts: new Float64Array(0), cost: 0 };
  // Prefix sums around the middle of the range, so that squares do not cancel.
  const origin = (value[0]! + value[n - 1]!) / 2;
  const mass = new Float64Array(n + 1);
  const first = new Float64Array(n + 1);
  const second = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const x = value[i]! - origin;
    mass[i + 1] = mass[i]! + weight[i]!;
    first[i + 1] = first[i]! + weight[i]! * x;
    second[i + 1] = second[i]! + weight[i]! * x * x;
  }
  /** Cost of one cluster of the points from…to−1. */
  const costOf = (from: number, to: number): number => {
    const m = mass[to]! - mass[from]!;
    const s = first[to]! - first[from]!;
    return Math.max(0, second[to]! - second[from]! - (s * s) / m);
  };

  // best[j] = least cost of the points 0…j−1 in k clusters; splits[k][j] = where the last of them starts.
  let best = new Float64Array(n + 1);
  for (let j = 1; j <= n; j++) best[j] = costOf(0, j);
  const splits: Int32Array[] = [new Int32Array(n + 1)];
  for (let k = 2; k <= clusters; k++) {
    const next = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
    const split = new Int32Array(n + 1);
    const previous = best;
    const solve = (low: number, high: number, splitLow: number, splitHigh: number): void => {
      if (low > high) return;
      const middle = (low + high) >> 1;
      let bestCost = Number.POSITIVE_INFINITY;
      let bestSplit = splitLow;
      for (let s = splitLow; s <= Math.min(splitHigh, middle - 1); s++) {
        const cost = previous[s]! + costOf(s, middle);
        if (cost < bestCost) {
          bestCost = cost;
          bestSplit = s;
        }
      }
      next[middle] = bestCost;
      split[middle] = bestSplit;
      solve(low, middle - 1, splitLow, bestSplit);
      solve(middle + 1, high, bestSplit, splitHigh);
    };
    solve(k, n, k - 1, n - 1);
    best = next;
    splits.push(split);
  }

  const centers = new Float64Array(clusters);
  const counts = new Float64Array(clusters);
  let end = n;
  for (let k = clusters - 1; k >= 0; k--) {
    const start = k === 0 ? 0 : splits[k]![end]!;
    counts[k] = mass[end]! - mass[start]!;
    centers[k] = origin + (first[end]! - first[start]!) / counts[k]!;
    end = start;
  }
  return { centers, counts, cost: best[n]! };
}
