/**
 * scale · Σ over the rows of −log soft-max(logits)[label], and its gradient. A row whose label is no class counts
 * nothing.
 *
 * @param logits [rows, classes]
 */
export function crossEntropy(
  scale: number,
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
): { loss: number; dLogits: Float64Array } {
  const classes = logits.length / labels.length;
  const dLogits = new Float64Array(logits.length);
  let loss = 0;
  for (let row = 0; row < labels.length; row += 1) {
    const label = labels[row]!;
    if (label < 0 || label >= classes) continue;
    const values = Array.from({ length: classes }, (_, k) => logits[row * classes + k]!);
    const largest = Math.max(...values);
    const exponentials = values.map((z) => Math.exp(z - largest));
    const sum = exponentials.reduce((total, e) => total + e, 0);
    loss += scale * (largest + Math.log(sum) - values[label]!);
    for (const [k, e] of exponentials.entries()) {
      dLogits[row * classes + k] = scale * (e / sum - Number(k === label));
    }
  }
  return { loss, dLogits };
}
