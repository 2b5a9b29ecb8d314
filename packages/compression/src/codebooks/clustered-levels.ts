import { levelTable } from './assign.ts';
import { codeRange, usesEveryCode } from './code-range.ts';
import type { GradientScale, LevelGroup, LevelRule } from './level-groups.ts';
import { pinnedLevel } from './pinned-level.ts';
import { snapCodes } from './snap-codes.ts';

export interface ClusteredLevelsOptions {
  readonly bits: number;
  readonly gradientScale?: GradientScale | undefined;
  /** Level `pinnedLevel(M)` is 0 and stays so. */
  readonly pinZero?: boolean | undefined;
  /** False lets gradients through to every weight; else those far from all levels get none. */
  readonly clips?: boolean | undefined;
}

/**
 * M latent levels c [K = M], each the parameter of its own value Δ·z, rounded to codes straight through.
 * - Gradients reach weights from c₁ − δ to c_M + δ; c₁ and c_M are the lowest and highest stored value, δ is one mean
 *   distance of the stored values.
 * - With M = 2^bits the codes cannot move and only Δ learns, from Σ_k z_k Σ g, until it is frozen; then nothing does.
 *   Δ is max|c| / (2^(bits−1) − 1), and all latent levels but 0 have one magnitude (see `initializeCodebooks`). Each
 *   gets the derivative to that magnitude, with its own sign: whatever an optimiser makes of gradients element by
 *   element, they move as one, and Δ grows as readily as it shrinks.
 */
export const clusteredLevels =
  ({ bits, gradientScale = 'sqrt', pinZero = false, clips = true }: ClusteredLevelsOptions): LevelRule =>
  (latent, { size, frozenDelta }) => {
    const isGrid = usesEveryCode(latent.length, bits);
    const pinned = pinZero && !isGrid ? pinnedLevel(latent.length) : undefined;
    const snapped = snapCodes(latent, bits, { delta: frozenDelta, pinned });
    const table = levelTable(snapped);
    const [lowest, highest] = [table.values[0]!, table.values[table.values.length - 1]!];
    const margin = clips
      ? (highest - lowest) / Math.max(1, table.values.length - 1)
      : Number.POSITIVE_INFINITY;
    return {
      ...snapped,
      table,
      lowest: lowest - margin,
      highest: highest + margin,
      ...(isGrid
        ? {
            gradientScale: 'sum',
            shares: gridShares(latent, snapped.codes, { bits, gradientScale, size, frozenDelta }),
          }
        : { gradientScale, shares: pinned === undefined ? undefined : identityBut(pinned, latent.length) }),
    } satisfies LevelGroup;
  };

function gridShares(
  latent: Float32Array,
  codes: Int8Array,
  {
    bits,
    gradientScale,
    size,
    frozenDelta,
  }: { bits: number; gradientScale: GradientScale; size: number; frozenDelta: number | undefined },
): Float32Array {
  const count = latent.length;
  const shares = new Float32Array(count * count);
  if (frozenDelta !== undefined) return shares;
  const divisor = Math.max(1, codeRange(bits).highest) * divisorOf(gradientScale, size, count);
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < count; j++) shares[k * count + j] = (Math.sign(latent[j]!) * codes[k]!) / divisor;
  }
  return shares;
}

function identityBut(pinned: number, count: number): Float32Array {
  const shares = new Float32Array(count * count);
  for (let k = 0; k < count; k++) shares[k * count + k] = k === pinned ? 0 : 1;
  return shares;
}

/** What Σ g over n weights of one of M levels is divided by. */
export function divisorOf(scale: GradientScale, n: number, levels: number): number {
  if (scale === 'sum') return 1;
  return scale === 'mean' ? n : Math.sqrt(n * levels);
}
