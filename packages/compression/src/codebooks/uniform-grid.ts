/**
 * Codes of M uniform levels: −Q_N … Q_P with Q_N = Q_P = (M − 1)/2 for odd M, Q_N = M/2 and Q_P = M/2 − 1 for even M.
 * Two levels are −1 and 1: the rule would leave {−1, 0}, which no positive weight could use.
 */
export function uniformCodes(levels: number): Int8Array {
  if (levels === 2) return Int8Array.of(-1, 1);
  return Int8Array.from({ length: levels }, (_, k) => k - Math.floor(levels / 2));
}

/** Where the step of that grid starts: 2·mean|w|/√Q_P (Esser et al. 2020). */
export function initialStep(values: Float32Array, levels: number): number {
  const highest = uniformCodes(levels).at(-1)!;
  const sum = values.reduce((total, value) => total + Math.abs(value), 0);
  return (2 * sum) / Math.max(1, values.length) / Math.sqrt(highest);
}
