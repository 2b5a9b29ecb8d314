import { codeRange, usesEveryCode } from './code-range.ts';
import type { LevelGroup } from './level-groups.ts';
import type { QuantizeOptions } from './quantize-weights.ts';

/**
 * Gradients of the latent levels [G·M] from Σ g and the number of weights of every level, both [G·M] by position of the
 * latent level. The formulas stand at `quantizeWeights`.
 * @param size weights of all groups
 */
export function levelGradients(
  groups: readonly LevelGroup[],
  sums: Float64Array,
  counts: Float64Array,
  size: number,
  { bits, frozen, gradientScale = 'sqrt' }: QuantizeOptions,
): Float32Array<ArrayBuffer> {
  const count = groups[0]?.codes.length ?? 0;
  const divisor = (n: number) =>
    gradientScale === 'sum' ? 1 : gradientScale === 'mean' ? n : Math.sqrt(n * count);
  const toLevels = new Float32Array(groups.length * count);
  for (const [g, { codes, latent }] of groups.entries()) {
    if (usesEveryCode(count, bits)) {
      if (frozen !== undefined) continue;
      let toDelta = 0;
      for (let k = 0; k < count; k++) toDelta += codes[k]! * sums[g * count + k]!;
      const toMagnitude = toDelta / Math.max(1, codeRange(bits).highest) / divisor(size / groups.length);
      for (let k = 0; k < count; k++) toLevels[g * count + k] = Math.sign(latent[k]!) * toMagnitude;
      continue;
    }
    for (let k = 0; k < count; k++) {
      const n = counts[g * count + k]!;
      if (n > 0) toLevels[g * count + k] = sums[g * count + k]! / divisor(n);
    }
  }
  return toLevels;
}
