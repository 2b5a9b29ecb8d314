import { CodedError } from '@spikefit/contracts';

/**
 * Indices below M in few bits. M = 3: five to a byte in base 3, the first the lowest digit. Any other M: ⌈log₂M⌉ bits
 * each, one after the other from the lowest bit of the first byte on, across byte borders. What is left of the last
 * byte is 0.
 */

const ternaryPerByte = 5;

export const bitsPerIndex = (levels: number): number => Math.max(1, Math.ceil(Math.log2(levels)));

/** Bytes that so many packed indices take. */
export const packedBytes = (count: number, levels: number): number =>
  levels === 3 ? Math.ceil(count / ternaryPerByte) : Math.ceil((count * bitsPerIndex(levels)) / 8);

export function packIndices(indices: Uint8Array, levels: number): Uint8Array {
  const packed = new Uint8Array(packedBytes(indices.length, levels));
  if (levels === 3) {
    for (let byte = 0; byte < packed.length; byte++) {
      let value = 0;
      for (let digit = ternaryPerByte - 1; digit >= 0; digit--) {
        value = value * 3 + (indices[byte * ternaryPerByte + digit] ?? 0);
      }
      packed[byte] = value;
    }
    return packed;
  }
  const width = bitsPerIndex(levels);
  let pending = 0;
  let pendingBits = 0;
  let byte = 0;
  for (const index of indices) {
    pending |= index << pendingBits;
    pendingBits += width;
    for (; pendingBits >= 8; pendingBits -= 8) {
      packed[byte++] = pending & 0xff;
      pending >>= 8;
    }
  }
  if (pendingBits > 0) packed[byte] = pending;
  return packed;
}

/**
 * The inverse. `name` is what an error calls the indices.
 * Throws `artifact.invalid` for a wrong length, an index that is not below M, or padding that is not 0.
 */
export function unpackIndices(packed: Uint8Array, count: number, levels: number, name: string): Uint8Array {
  const expected = packedBytes(count, levels);
  if (packed.length !== expected) {
    throw new CodedError(
      'artifact.invalid',
      `${name} has ${packed.length} bytes; ${count} indices of ${levels} levels take ${expected}`,
    );
  }
  const invalid = (what: string) => new CodedError('artifact.invalid', `${name}: ${what}`);
  const indices = new Uint8Array(count);
  if (levels === 3) {
    for (const [byte, packedValue] of packed.entries()) {
      let value = packedValue;
      for (let digit = 0; digit < ternaryPerByte; digit++) {
        const position = byte * ternaryPerByte + digit;
        if (position < count) indices[position] = value % 3;
        else if (value !== 0) throw invalid(`byte ${byte} is not 0 behind the last index`);
        value = Math.floor(value / 3);
      }
      if (value !== 0) throw invalid(`byte ${byte} is ${packedValue}, and five base-3 digits end at 242`);
    }
    return indices;
  }
  const width = bitsPerIndex(levels);
  const mask = (1 << width) - 1;
  let pending = 0;
  let pendingBits = 0;
  let byte = 0;
  for (let i = 0; i < count; i++) {
    if (pendingBits < width) {
      pending |= packed[byte++]! << pendingBits;
      pendingBits += 8;
    }
    const index = pending & mask;
    if (index >= levels) throw invalid(`index ${i} is ${index}, and there are ${levels} levels`);
    indices[i] = index;
    pending >>= width;
    pendingBits -= width;
  }
  if (pending !== 0) throw invalid('the last byte is not 0 behind the last index');
  return indices;
}
