import type { BufferPool } from './buffer-pool.ts';
import type { DeferredKernels } from './deferred-kernels.ts';

/** Bytes that `size` spikes take. */
const spikeBytes = (size: number): number => Math.ceil(size / 8);

/**
 * The record of a tensor whose values are all 0 or 1, kept as bits: the value with flat index i (row-major, channels
 * last) is bit `i & 7` of byte `i >> 3`; the bits past the end are 0. A reshape is therefore free, and where the last
 * axis is a multiple of 8 every row begins at a byte.
 *
 * It stands where tfjs-cpu keeps `{ values, dtype, refCount }`. Kernels that know bits read them; for all others
 * floats are made, once, when they are first asked for.
 */
export class SpikeData {
  readonly dtype = 'float32';
  readonly bits: Uint8Array;
  /** Counted by tfjs-cpu. */
  refCount = 1;
  readonly #size: number;
  readonly #pool: BufferPool;
  readonly #addon: DeferredKernels;
  /** The pooled array under `bits`. */
  readonly #storage: Float32Array<ArrayBuffer>;
  #floats: Float32Array | undefined;

  /** Its bits are undefined until a kernel has written them. @param size number of spikes */
  constructor(size: number, pool: BufferPool, addon: DeferredKernels) {
    this.#size = size;
    this.#pool = pool;
    this.#addon = addon;
    this.#storage = pool.acquire(Math.ceil(size / 32));
    pool.hold(this.#storage);
    this.bits = new Uint8Array(this.#storage.buffer, 0, spikeBytes(size));
  }

  /** Of tfjs-cpu's kernels, which read them at once. */
  get values(): Float32Array {
    const { floats } = this;
    this.#addon.drain();
    return floats;
  }

  /** For a kernel of the addon: they may not be there yet. */
  get floats(): Float32Array {
    if (this.#floats === undefined) {
      this.#floats = this.#pool.acquire(this.#size);
      this.#pool.hold(this.#floats);
      this.#addon.unpackSpikes(Int32Array.of(this.#size), this.bits, this.#floats);
    }
    return this.#floats;
  }

  /** Gives the memory back: the tensor is gone. */
  release(): void {
    this.#pool.release(this.#storage);
    if (this.#floats !== undefined) this.#pool.release(this.#floats);
  }
}
