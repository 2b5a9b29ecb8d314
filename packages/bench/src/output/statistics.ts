import { quantile } from 'simple-statistics';

export interface Summary {
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
  readonly count: number;
}

/** Median and quartiles; of one value, that value. @throws RangeError where there is none */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) throw new RangeError('there is nothing to summarize');
  const [lowerQuartile, median, upperQuartile] = quantile([...values], [0.25, 0.5, 0.75]) as [
    number,
    number,
    number,
  ];
  return { median, lowerQuartile, upperQuartile, count: values.length };
}
