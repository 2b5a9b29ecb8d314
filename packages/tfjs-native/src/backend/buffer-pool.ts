/** Smaller arrays cost less to allocate than to look up. */
const minimumPooledLength = 1024;

/** Unused memory that is kept for the next step; more than this is left to the garbage collector. */
const defaultIdleBytes = 512 * 1024 * 1024;

/**
 * Float32Arrays for kernel outputs, reused by exact length: a training step asks for the same sizes again and again,
 * and fresh multi-megabyte arrays cost page faults and garbage collection.
 *
 * An array of this pool is *owned*; other arrays (a user's, those of tfjs-cpu kernels) never enter it. Tensors may
 * share an owned array or view a part of it (tfjs-cpu's slice does), so every tensor that holds it counts, and it is
 * free again when the last of them lets go.
 */
export class BufferPool {
  readonly #free = new Map<number, Float32Array<ArrayBuffer>[]>();
  /** Owned buffers and the tensors that hold each. Weak: tfjs-cpu, too, lets go of tensors nobody can reach. */
  readonly #holders = new WeakMap<ArrayBufferLike, number>();
  readonly #idle = new Set<ArrayBufferLike>();
  readonly #maximumIdleBytes: number;
  #idleBytes = 0;
  #heldArrays = 0;

  constructor(maximumIdleBytes: number = defaultIdleBytes) {
    this.#maximumIdleBytes = maximumIdleBytes;
  }

  /** `length` floats of undefined content, not yet held by any tensor. */
  acquire(length: number): Float32Array<ArrayBuffer> {
    if (length < minimumPooledLength) return new Float32Array(length);
    const reused = this.#free.get(length)?.pop();
    if (reused === undefined) {
      const fresh = new Float32Array(length);
      this.#holders.set(fresh.buffer, 0);
      return fresh;
    }
    this.#idle.delete(reused.buffer);
    this.#idleBytes -= reused.byteLength;
    return reused;
  }

  owns(values: unknown): values is Float32Array {
    return ArrayBuffer.isView(values) && this.#holders.has(values.buffer);
  }

  /** A tensor holds these values from now on. */
  hold(values: unknown): void {
    if (!this.owns(values)) return;
    const { buffer } = values;
    const holders = this.#holders.get(buffer)!;
    if (holders === 0) this.#heldArrays += 1;
    this.#holders.set(buffer, holders + 1);
    // A kernel may drop the last tensor of a buffer and make another of the same values: take it back.
    if (this.#idle.has(buffer)) this.#withdraw(buffer);
  }

  /** A tensor that held these values is gone. */
  release(values: unknown): void {
    if (!this.owns(values)) return;
    const { buffer } = values;
    const holders = this.#holders.get(buffer)! - 1;
    this.#holders.set(buffer, holders);
    if (holders > 0) return;
    this.#heldArrays -= 1;
    if (this.#idleBytes + buffer.byteLength > this.#maximumIdleBytes) return;
    this.#idleBytes += buffer.byteLength;
    this.#idle.add(buffer);
    const whole = new Float32Array(buffer as ArrayBuffer);
    const list = this.#free.get(whole.length);
    if (list === undefined) this.#free.set(whole.length, [whole]);
    else list.push(whole);
  }

  /** Forgets the unused arrays. */
  clear(): void {
    this.#free.clear();
    this.#idle.clear();
    this.#idleBytes = 0;
  }

  /** Bytes that wait for reuse. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Arrays of this pool that tensors hold. */
  get heldArrays(): number {
    return this.#heldArrays;
  }

  #withdraw(buffer: ArrayBufferLike): void {
    const list = this.#free.get(buffer.byteLength / Float32Array.BYTES_PER_ELEMENT)!;
    list.splice(
      list.findIndex((array) => array.buffer === buffer),
      1,
    );
    this.#idle.delete(buffer);
    this.#idleBytes -= buffer.byteLength;
  }
}
