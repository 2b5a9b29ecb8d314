/** Codes are signed integers of so many bits. */
export interface CodeRange {
  readonly lowest: number;
  readonly highest: number;
}

export const codeRange = (bits: number): CodeRange => ({
  lowest: -(2 ** (bits - 1)),
  highest: 2 ** (bits - 1) - 1,
});

/** With M = 2^b every code is in use: the values are a fixed grid, and only its step Δ can learn. */
export const usesEveryCode = (levels: number, bits: number): boolean => levels === 2 ** bits;

/** Δ when every latent level is 0: any step does, the weights are 0 as well. */
export const smallestDelta = 2 ** -40;

/** Δ = max|c| / (2^(b−1) − 1), rounded to float32 as it is stored. */
export function deltaOf(levels: ArrayLike<number>, bits: number): number {
  let largest = 0;
  for (let k = 0; k < levels.length; k++) largest = Math.max(largest, Math.abs(levels[k]!));
  return Math.max(smallestDelta, Math.fround(largest / Math.max(1, codeRange(bits).highest)));
}
