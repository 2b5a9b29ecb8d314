import type { NativeAddon } from '../../../src/addon/native-addon.ts';

/** What a run does: arithmetic operations of the dense product, or elements that pass through. */
export type Work = { readonly operations: number } | { readonly elements: number };

/** One row of the table in its third mode: a kernel on a size that networks have. */
export interface SpeedCase {
  readonly kernel: Exclude<keyof NativeAddon, 'kernelRevision' | 'instructionSets' | 'configure'>;
  readonly title: string;
  readonly work: Work;
  /** Makes inputs and outputs; what it answers runs the kernel once. */
  readonly prepare: (addon: NativeAddon) => () => void;
}

export const empty = (length: number): Float32Array => new Float32Array(length);

/** Spikes as bits; value i is bit i & 7 of byte i >> 3. */
export const spikeBits = (values: Float32Array): Uint8Array => {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value === 1) bits[i >> 3]! |= 1 << (i & 7);
  });
  return bits;
};
