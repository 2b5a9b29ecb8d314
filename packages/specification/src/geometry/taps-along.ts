/** Along one axis of a same-padded convolution: an output position that reads a real input, and not the padding. */
export interface Tap {
  readonly input: number;
  readonly output: number;
  /** The position in the kernel that it reads through. */
  readonly kernel: number;
}

/**
 * All of them, by output and then by kernel position. The output has ⌈size / stride⌉ positions; the padding that they
 * need is split evenly, the odd one at the end (TensorFlow's SAME).
 */
export function tapsAlong(size: number, kernel: number, stride: number): Tap[] {
  const outputs = Math.ceil(size / stride);
  const padding = Math.max((outputs - 1) * stride + kernel - size, 0);
  const before = Math.floor(padding / 2);
  const taps: Tap[] = [];
  for (let output = 0; output < outputs; output++) {
    const from = output * stride - before;
    for (let k = Math.max(0, -from); k < kernel && from + k < size; k++) {
      taps.push({ input: from + k, output, kernel: k });
    }
  }
  return taps;
}
