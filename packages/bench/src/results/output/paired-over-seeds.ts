import { mean, sampleStandardDeviation } from 'simple-statistics';

/** 97.5 % quantiles of Student's t by degrees of freedom, from 1; R: qt(0.975, 1:9). */
const studentQuantiles = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622];

export interface PairedOverSeeds {
  readonly mean: number;
  /** 95 %, by Student's t over the seeds; null of a single seed. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly seeds: number;
}

/**
 * first − second over the seeds that both have. Runs of one seed share samples, split and first weights, so they are paired.
 * @throws RangeError where they have no seed in common, or more than ten
 */
export function pairedOverSeeds(
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): PairedOverSeeds {
  const differences = [...first].flatMap(([seed, value]) => {
    const other = second.get(seed);
    return other === undefined ? [] : [value - other];
  });
  const seeds = differences.length;
  if (seeds === 0) throw new RangeError('the rows have no seed in common');
  const center = mean(differences);
  if (seeds === 1) return { mean: center, interval: null, seeds };
  const quantile = studentQuantiles[seeds - 2];
  if (quantile === undefined) throw new RangeError(`${seeds} seeds are more than the table of quantiles has`);
  const half = (quantile * sampleStandardDeviation(differences)) / Math.sqrt(seeds);
  return { mean: center, interval: { low: center - half, high: center + half }, seeds };
}
