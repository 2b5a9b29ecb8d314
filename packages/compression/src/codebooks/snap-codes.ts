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
 * `delta` fixes the step (when assignments are frozen); else Δ = max|c|/(2^(b−1) − 1).
 * Needs M ≤ 2^bits.
 */
export function snapCodes(
  levels: ArrayLike<number>,
  bits: number,
  delta = deltaOf(levels, bits),
): SnappedLevels {
  const count = levels.length;
  const order = latentOrder(levels);
  const offsets = order.map((k, rank) => levels[k]! / delta - rank);
  const { lowest, highest } = codeRange(bits);
  const codes = new Int8Array(count);
  for (const [rank, offset] of monotoneRegression(offsets).entries()) {
    const rounded = Math.round(Math.min(highest - (count - 1), Math.max(lowest, offset)));
    codes[order[rank]!] = rounded + rank;
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
