import type { MeanOverSeeds } from '@spikefit/contracts';

/** Mean, and sample standard deviation √(Σ(x − mean)² / (n − 1)), in two passes for the sake of precision. */
export function meanOverSeeds(values: readonly number[]): MeanOverSeeds {
  const n = values.length;
  if (n === 0) return { mean: null, sd: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, sd: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (n - 1)) };
}
