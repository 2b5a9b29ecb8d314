import type { Accuracy } from '@spikefit/contracts';

/** 97.5 % quantile of the normal distribution: two-sided 95 %. */
export const normalQuantile95 = 1.959963984540054;

/** Wilson's score interval (1927) of a share, two-sided 95 %. n = 0 gives [0, 1]. */
export function wilsonInterval(correct: number, n: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const z = normalQuantile95;
  const share = correct / n;
  const center = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

/** An accuracy as reports carry it. */
export function accuracyOf(correct: number, n: number): Accuracy {
  return {
    value: n === 0 ? 0 : correct / n,
    correct,
    n,
    interval: { ...wilsonInterval(correct, n), level: 0.95, method: 'wilson' },
  };
}
