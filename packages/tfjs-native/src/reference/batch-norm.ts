/** Per channel over the rows of x [rows, channels]: sum of f. */
function channelSums(
  size: number,
  channels: number,
  f: (index: number, channel: number) => number,
): number[] {
  const sums = new Array<number>(channels).fill(0);
  for (let index = 0; index < size; index += 1) sums[index % channels]! += f(index, index % channels);
  return sums;
}

/** y = (x − mean)/√(variance + ε)·γ + β with the mean and the biased variance of the batch. */
export function batchNormTrain(
  epsilon: number,
  x: ArrayLike<number>,
  gamma: ArrayLike<number>,
  beta: ArrayLike<number>,
): { y: Float64Array; mean: number[]; variance: number[] } {
  const channels = gamma.length;
  const rows = x.length / channels;
  const mean = channelSums(x.length, channels, (i) => x[i]!).map((sum) => sum / rows);
  const variance = channelSums(x.length, channels, (i, c) => (x[i]! - mean[c]!) ** 2).map(
    (sum) => sum / rows,
  );
  const y = Float64Array.from({ length: x.length }, (_, i) => {
    const c = i % channels;
    return ((x[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * gamma[c]! + beta[c]!;
  });
  return { y, mean, variance };
}

/** With x̂ = (x − mean)/σ: dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/σ·(dy − dβ/N − x̂·dγ/N). */
export function batchNormTrainGradient(
  epsilon: number,
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
  gamma: ArrayLike<number>,
): { dx: Float64Array; dGamma: number[]; dBeta: number[] } {
  const channels = gamma.length;
  const rows = x.length / channels;
  const sigma = Array.from(variance, (value) => Math.sqrt(value + epsilon));
  const normalized = (i: number, c: number): number => (x[i]! - mean[c]!) / sigma[c]!;
  const dBeta = channelSums(x.length, channels, (i) => dy[i]!);
  const dGamma = channelSums(x.length, channels, (i, c) => dy[i]! * normalized(i, c));
  const dx = Float64Array.from({ length: x.length }, (_, i) => {
    const c = i % channels;
    return (gamma[c]! / sigma[c]!) * (dy[i]! - dBeta[c]! / rows - (normalized(i, c) * dGamma[c]!) / rows);
  });
  return { dx, dGamma, dBeta };
}
