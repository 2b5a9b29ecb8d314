export type ScoreNormalization = 'none' | 'layer';

/**
 * `layer`: every layer's scores divided by their root of the sum of squares (Molchanov et al. 2017, §2.2), so that a layer whose
 * scores are large as a whole is not spared as a whole. A layer of zeros stays.
 */
export function normalizeScores<T extends Float64Array | Float32Array>(
  scores: Readonly<Record<string, T>>,
  normalization: ScoreNormalization,
): Readonly<Record<string, T>> {
  if (normalization === 'none') return scores;
  return Object.fromEntries(
    Object.entries(scores).map(([id, values]) => {
      let squares = 0;
      for (const value of values) squares += value ** 2;
      const norm = Math.sqrt(squares);
      return [id, norm === 0 ? values : (values.map((value) => value / norm) as T)];
    }),
  );
}
