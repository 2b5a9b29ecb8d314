import { CodedError } from '@spikefit/contracts';

/**
 * The inverse of `toBitmap`: the ascending indices whose bits are 1.
 * Throws `artifact.invalid` for a wrong length or bits beyond `size`; `name` is what the error says.
 */
export function fromBitmap(bitmap: Uint8Array, size: number, name: string): number[] {
  const present = unpackBits(bitmap, size, name);
  const indices: number[] = [];
  for (const [index, one] of present.entries()) if (one === 1) indices.push(index);
  return indices;
}

/** Zeros and ones, eight to a byte, the first in the lowest bit. */
export function packBits(present: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(present.length / 8));
  for (let i = 0; i < present.length; i++) bitmap[i >> 3]! |= present[i]! << (i & 7);
  return bitmap;
}

/** The inverse. Throws as `fromBitmap`. */
export function unpackBits(bitmap: Uint8Array, size: number, name: string): Uint8Array {
  if (bitmap.length !== Math.ceil(size / 8)) {
    throw new CodedError('artifact.invalid', `${name} has ${bitmap.length} bytes for ${size} bits`);
  }
  const present = new Uint8Array(size);
  for (let index = 0; index < bitmap.length * 8; index++) {
    if ((bitmap[index >> 3]! & (1 << (index & 7))) === 0) continue;
    if (index >= size)
      throw new CodedError('artifact.invalid', `${name} has bit ${index} set, of ${size} bits`);
    present[index] = 1;
  }
  return present;
}
