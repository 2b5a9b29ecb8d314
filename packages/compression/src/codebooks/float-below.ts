/** The largest 32-bit float that is not above x: a float is above x if and only if it is above that one. */
export function floatBelow(x: number): number {
  const nearest = Math.fround(x);
  if (nearest <= x) return nearest;
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = nearest;
  // Towards −∞: a smaller magnitude for positive numbers, a larger one for negative ones, and −0 has a neighbour below.
  bits[0] = nearest > 0 ? bits[0]! - 1 : nearest < 0 ? bits[0]! + 1 : -2147483647;
  return float[0];
}

/** The smallest 32-bit float that is not below x. */
export const floatAbove = (x: number): number => -floatBelow(-x);
