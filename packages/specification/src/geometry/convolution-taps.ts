/**
 * Along one axis of a same-padded convolution: how many (output position, kernel position) pairs read a real input and
 * not the padding. The output has ⌈size / stride⌉ positions; the padding that they need is split evenly, the odd one
 * at the end (TensorFlow's SAME).
 */
export function convolutionTaps(size: number, kernel: number, stride: number): number {
  const outputs = Math.ceil(size / stride);
  const padding = Math.max((outputs - 1) * stride + kernel - size, 0);
  const before = Math.floor(padding / 2);
  let taps = 0;
  for (let output = 0; output < outputs; output++) {
    const from = output * stride - before;
    taps += Math.min(from + kernel, size) - Math.max(from, 0);
  }
  return taps;
}
