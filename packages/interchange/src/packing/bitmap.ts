import { CodedError } from '@spikefit/contracts';

/**
 * The inverse of `toBitmap`: the ascending indices whose bits are 1.
 * Throws `artifact.invalid` for a wrong length or bits beyond `size`; `name` is what the error says.
 */
export function fromBitmap(bitmap: Uint8Array, size: number, name: string): number[] {
  if (bitmap.length !== Math.ceil(size / 8)) {
    throw new CodedError('artifact.invalid', `${name} has ${bitmap.length} bytes for ${size} units`);
  }
  const indices: number[] = [];
  for (let index = 0; index < bitmap.length * 8; index++) {
    if ((bitmap[index >> 3]! & (1 << (index & 7))) === 0) continue;
    if (index >= size)
      throw new CodedError('artifact.invalid', `${name} has bit ${index} set, of ${size} units`);
    indices.push(index);
  }
  return indices;
}
