import { codeRange, deltaOf } from './code-range.ts';

/** The stored form of one group's latent levels: level k has the value float32(delta · codes[k]). */
export interface SnappedLevels {
  /** In the order of the latent levels, all different, within the range of the bits. */
  readonly codes: Int8Array;
  readonly delta: number;
}

/**
 * Rounds M latent levels to M different b-bit integers. The order of the levels is kept (equal ones by position).
 * Where the rounded codes differ they are round(c/Δ); where they collide they are moved apart, by the least squares:
 * with y_k = c_k/Δ − k the codes ascend strictly if and only if the rounded y do not fall, so y is replaced by its
 * monotone regression before it is rounded.
 * Needs M ≤ 2^bits.
 */
export function snapCodes(
  levels: ArrayLike<number>,
  bits: number,
  {
    delta = deltaOf(levels, bits),
    pinned,
  }: {
    /** Fixes the step (when assignments are frozen); else Δ = max|c|/(2^(b−1) − 1). */
    readonly delta?: number | undefined;
    /** This level has code 0; those before it have negative codes, those after it positive ones. */
    readonly pinned?: number | undefined;
  } = {},
): SnappedLevels {
  const count = levels.length;
  const { lowest, highest } = codeRange(bits);
  const codes = new Int8Array(count);
  const snap = (positions: readonly number[], firstRank: number, low: number, high: number): void => {
    const order = latentOrder(positions.map((k) => levels[k]!)).map((i) => positions[i]!);
    const offsets = order.map((k, i) => levels[k]! / delta - (firstRank + i));
    for (const [i, offset] of monotoneRegression(offsets).entries()) {
      codes[order[i]!] = Math.round(Math.min(high, Math.max(low, offset))) + firstRank + i;
    }
  };
  const all = Array.from({ length: count }, (_, k) => k);
  if (pinned === undefined) snap(all, 0, lowest, highest - (count - 1));
  else {
    // Code − rank is −pinned at the pinned level, and must not fall on the way there or from there.
    snap(all.slice(0, pinned), 0, lowest, -pinned);
    snap(all.slice(pinned + 1), pinned + 1, -pinned, highest - (count - 1));
  }
  return { codes, delta };
}

/** Positions of the levels from the lowest to the highest. */
export function latentOrder(levels: ArrayLike<number>): number[] {
  return Array.from({ length: levels.length }, (_, k) => k).sort((a, b) => levels[a]! - levels[b]! || a - b);
}

/** Pool adjacent violators: the non-falling sequence with the least squared distance to `values`. */
function monotoneRegression(values: readonly number[]): number[] {
  const blocks: { mean: number; size: number }[] = [];
  for (const value of values) {
    let block = { mean: value, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.mean > block.mean; last = blocks.at(-1)) {
      const size = last.size + block.size;
      block = { mean: (last.mean * last.size + block.mean * block.size) / size, size };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ mean, size }) => new Array<number>(size).fill(mean));
}
