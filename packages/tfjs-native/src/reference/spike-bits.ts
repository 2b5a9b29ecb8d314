/** One bit per value (bit `i & 7` of byte `i >> 3`), and whether every value was 0 or 1. */
export function packSpikes(x: ArrayLike<number>): { bits: Uint8Array; binary: boolean } {
  const bits = new Uint8Array(Math.ceil(x.length / 8));
  let binary = true;
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] === 1) bits[i >> 3]! |= 1 << (i & 7);
    else if (x[i] !== 0) binary = false;
  }
  return { bits, binary };
}

/** The inverse of packSpikes, for `size` spikes. */
export function unpackSpikes(bits: ArrayLike<number>, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => (bits[i >> 3]! >> (i & 7)) & 1);
}
