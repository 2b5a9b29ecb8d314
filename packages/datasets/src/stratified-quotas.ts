import { CodedError } from '@spikefit/contracts';

/**
 * Shares `total` among classes in proportion to `sizes`, as whole numbers that sum to `total` exactly (largest
 * remainder, ties to the lower class), each within [minimum, maximum] of its class.
 * Throws `internal.error` when the bounds leave no solution.
 */
export function stratifiedQuotas(
  sizes: readonly number[],
  total: number,
  minimum: readonly number[],
  maximum: readonly number[],
): number[] {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  if (total < sum(minimum) || total > sum(maximum)) {
    throw new CodedError(
      'internal.error',
      `${total} samples cannot be shared among classes of ${sizes.join(', ')}`,
    );
  }
  const all = sum(sizes);
  const shares = sizes.map((size) => (all === 0 ? 0 : (size * total) / all));
  const quotas = shares.map((share, c) => Math.min(maximum[c]!, Math.max(minimum[c]!, Math.floor(share))));
  for (let left = total - sum(quotas); left !== 0; left -= Math.sign(left)) {
    const step = Math.sign(left);
    let best = -1;
    for (let c = 0; c < quotas.length; c++) {
      const free = step > 0 ? quotas[c]! < maximum[c]! : quotas[c]! > minimum[c]!;
      const gain = (candidate: number) => step * (shares[candidate]! - quotas[candidate]!);
      if (free && (best === -1 || gain(c) > gain(best))) best = c;
    }
    quotas[best]! += step;
  }
  return quotas;
}
