import { mean, sampleStandardDeviation } from 'simple-statistics';

export interface OverSeeds {
  readonly mean: number;
  /** Of the sample, with n − 1; null of a single seed. */
  readonly deviation: number | null;
  readonly seeds: number;
}

/** @throws RangeError where there is no value */
export function overSeeds(values: readonly number[]): OverSeeds {
  if (values.length === 0) throw new RangeError('there is no seed');
  return {
    mean: mean([...values]),
    deviation: values.length < 2 ? null : sampleStandardDeviation([...values]),
    seeds: values.length,
  };
}

/** `0.52 ± 0.03`; of a single seed without the deviation. Minus signs are typographic. */
export function describeOverSeeds({ mean: center, deviation }: OverSeeds, digits: number): string {
  const value = signed(center, digits);
  return deviation === null ? value : `${value} ± ${deviation.toFixed(digits)}`;
}

export const signed = (value: number, digits: number): string =>
  `${value < 0 && Number(value.toFixed(digits)) !== 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`;
