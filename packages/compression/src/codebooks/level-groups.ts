import { type LevelTable, levelTable } from './assign.ts';
import type { QuantizeOptions } from './quantize-weights.ts';
import { type SnappedLevels, snapCodes } from './snap-codes.ts';

/** One group's codebook. */
export interface LevelGroup extends SnappedLevels {
  /** The M latent levels. */
  readonly latent: Float32Array;
  readonly table: LevelTable;
}

/** The groups of latent levels [G, M], with the frozen Δ where there is one. */
export function levelGroups(
  latents: Float32Array,
  groupCount: number,
  { bits, frozen }: QuantizeOptions,
): LevelGroup[] {
  const count = latents.length / groupCount;
  return Array.from({ length: groupCount }, (_, g) => {
    const latent = latents.slice(g * count, (g + 1) * count);
    const snapped = snapCodes(latent, bits, frozen?.delta[g]);
    return { ...snapped, latent, table: levelTable(snapped) };
  });
}

/** Between which weights gradients go through: one mean distance of the values beyond the lowest and the highest. */
export function gradientRange({ table: { values } }: LevelGroup): { lowest: number; highest: number } {
  const [lowest, highest] = [values[0]!, values[values.length - 1]!];
  const margin = (highest - lowest) / Math.max(1, values.length - 1);
  return { lowest: lowest - margin, highest: highest + margin };
}
