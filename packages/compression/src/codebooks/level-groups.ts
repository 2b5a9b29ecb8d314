import type { LevelTable } from './assign.ts';
import type { SnappedLevels } from './snap-codes.ts';

/** What Σ gᵢ over the n weights of a level is divided by: √(n·M), nothing, or n. */
export type GradientScale = 'sqrt' | 'sum' | 'mean';

/**
 * One group's levels as a technique derives them from its trained parameters p [K]: values, which weights take them, and
 * where gradients go. Level k is the k-th of `codes`.
 */
export interface LevelGroup extends SnappedLevels {
  /** Values and the thresholds between them, from the lowest. */
  readonly table: LevelTable;
  /** Weights from here to there get the gradient of their quantised value, others none. */
  readonly lowest: number;
  readonly highest: number;
  /** By level: what that gradient is multiplied by; 1 where absent. */
  readonly weightFactors?: Float32Array | undefined;
  readonly gradientScale: GradientScale;
  /** [M·K]: ∂p_j += shares[k·K + j] · (scaled Σ g of level k); where absent K = M and it is the identity. */
  readonly shares?: Float32Array | undefined;
  /** ∂p_0 += productShare · Σ g·w over the weights from `lowest` to `highest`; 0 where absent. */
  readonly productShare?: number | undefined;
}

/** How a technique reads its parameters [K] of one group. */
export type LevelRule = (
  parameters: Float32Array,
  context: {
    /** Weights of the group. */
    readonly size: number;
    /** Δ where assignments are frozen. */
    readonly frozenDelta: number | undefined;
  },
) => LevelGroup;

/** The groups of parameters [G·K] for `size` weights in all, with the frozen Δ where there is one. */
export function levelGroups(
  parameters: Float32Array,
  groupCount: number,
  size: number,
  rule: LevelRule,
  frozenDelta?: readonly number[],
): LevelGroup[] {
  const width = parameters.length / groupCount;
  return Array.from({ length: groupCount }, (_, g) =>
    rule(parameters.slice(g * width, (g + 1) * width), {
      size: size / groupCount,
      frozenDelta: frozenDelta?.[g],
    }),
  );
}

/** K, the parameters of one group. */
export const parametersOf = ({ codes, shares }: LevelGroup): number =>
  shares === undefined ? codes.length : shares.length / codes.length;

export const hasWeightFactors = (groups: readonly LevelGroup[]): boolean =>
  groups.some(({ weightFactors }) => weightFactors !== undefined);

export const hasProductShares = (groups: readonly LevelGroup[]): boolean =>
  groups.some(({ productShare = 0 }) => productShare !== 0);
