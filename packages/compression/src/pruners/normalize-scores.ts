import type { UnitScores } from './unit-scorer.ts';

export type ScoreNormalization = 'none' | 'layer';

/**
 * `layer`: every layer's scores divided by their root of the sum of squares (Molchanov et al. 2017, §2.2), so that a layer whose
 * scores are large as a whole is not spared as a whole. A layer of zeros stays.
 */
export function normalizeScores(scores: UnitScores, normalization: ScoreNormalization): UnitScores {
  if (normalization === 'none') return scores;
  return Object.fromEntries(
    Object.entries(scores).map(([id, values]) => {
      const norm = Math.hypot(...values);
      return [id, norm === 0 ? values : values.map((value) => value / norm)];
    }),
  );
}
