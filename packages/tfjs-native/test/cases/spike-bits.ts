/** Room for spikes as bits, filled with ones to show what a kernel did not write. */
export const unfilledBits = (spikes: number): Uint8Array => new Uint8Array(Math.ceil(spikes / 8)).fill(0xff);

/** One float per spike; the bits past the end must be 0 and are appended, summed. */
export function floatsOfBits(bits: Uint8Array, spikes: number): Float32Array {
  const all = Float32Array.from({ length: bits.length * 8 }, (_, i) => (bits[i >> 3]! >> (i & 7)) & 1);
  const rest = all.subarray(spikes).reduce((sum, bit) => sum + bit, 0);
  return Float32Array.from([...all.subarray(0, spikes), rest]);
}
