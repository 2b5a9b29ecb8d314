import { normalQuantile95 } from './wilson-interval.ts';

/** How two methods did on the same samples. */
export interface PairedOutcomes {
  readonly n: number;
  /** Samples that only the first got right. */
  readonly onlyFirst: number;
  /** Samples that only the second got right. */
  readonly onlySecond: number;
}

/** Counts the samples on which exactly one of two methods is right; the arrays hold 1 for right. */
export function pairedOutcomes(first: ArrayLike<number>, second: ArrayLike<number>): PairedOutcomes {
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] !== 0 && second[i] === 0) onlyFirst += 1;
    if (first[i] === 0 && second[i] !== 0) onlySecond += 1;
  }
  return { n: first.length, onlyFirst, onlySecond };
}

/**
 * Second − first share of right answers with a two-sided 95 % interval for paired samples, from the discordant pairs
 * that McNemar's test uses: Agresti and Min's (2005) Wald interval with half a pair added to each of the four cells,
 * which keeps a width where no pair is discordant: with b + ½, c + ½ and n + 2 pairs in place of b, c and n it is
 * d ± z·√((b + c − d²·n)/n)/√n where d = (c − b)/n.
 */
export function pairedDifferenceInterval({ n, onlyFirst, onlySecond }: PairedOutcomes): {
  value: number;
  low: number;
  high: number;
} {
  if (n === 0) return { value: 0, low: -1, high: 1 };
  // Half a pair in each cell: n + 2 pairs, discordant b + ½ and c + ½.
  const adjusted = n + 2;
  const center = (onlySecond - onlyFirst) / adjusted;
  const discordant = (onlyFirst + onlySecond + 1) / adjusted;
  const half = normalQuantile95 * Math.sqrt((discordant - center ** 2) / adjusted);
  return {
    value: (onlySecond - onlyFirst) / n,
    low: Math.max(-1, center - half),
    high: Math.min(1, center + half),
  };
}
