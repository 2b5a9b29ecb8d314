/**
 * 128 bits of hash of a list of 32-bit words: four MurmurHash3 (x86, 32 bit) passes with different seeds.
 * Small, synchronous and the same on every platform; it separates random streams, it protects nothing.
 * Source: A. Appleby, MurmurHash3, public domain.
 */
export function seedHash(words: readonly number[]): [number, number, number, number] {
  return [
    murmur3(words, 0x9e3779b9),
    murmur3(words, 0x85ebca6b),
    murmur3(words, 0xc2b2ae35),
    murmur3(words, 0x27d4eb2f),
  ];
}

const rotateLeft = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** MurmurHash3_x86_32 of the words' little-endian bytes, as a signed integer. */
export function murmur3(words: readonly number[], seed: number): number {
  let hash = seed;
  for (const word of words) {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul(rotateLeft(k, 15), 0x1b873593);
    hash = rotateLeft(hash ^ k, 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= words.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
