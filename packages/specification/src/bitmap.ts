/**
 * Which units are left, as masks are stored: bit i (from the lowest bit of the first byte) is 1 where i is among the
 * indices, all below `size`.
 */
export function toBitmap(indices: readonly number[], size: number): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(size / 8));
  for (const index of indices) bitmap[index >> 3]! |= 1 << (index & 7);
  return bitmap;
}
