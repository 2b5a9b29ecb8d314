/** Smaller arrays cost less to allocate than to look up. */
const minimumPooledLength = 1024;

/** Unused memory that is kept for the next step; beyond this it is left to the garbage collector. */
const defaultIdleBytes = 2 * 1024 ** 3;

/**
 * An array that nobody asked for while this many others were handed out is dropped: some tens of training steps, so a
 * step finds all of its arrays again, and those of another phase or batch size do not stay.
 */
const maximumIdleTurns = 2048;

interface IdleArray {
  readonly array: Float32Array<ArrayBuffer>;
  /** The turn in which it became idle. */
  readonly since: number;
}

/**
 * Float32Arrays for kernel outputs, reused by exact length: a training step asks for the same sizes again and again,
 * and fresh multi-megabyte arrays cost page faults and garbage collection.
 *
 * An array of this pool is *owned*; other arrays (a user's, those of tfjs-cpu kernels) never enter it. Tensors may
 * share an owned array or view a part of it (tfjs-cpu's slice does), so every tensor that holds it counts, and it is
 * free again when the last of them lets go.
 */
export class BufferPool {
  /** By length; the longest idle first. */
  readonly #free = new Map<number, IdleArray[]>();
  /** Owned buffers and the tensors that hold each. Weak: tfjs-cpu, too, lets go of tensors nobody can reach. */
  readonly #holders = new WeakMap<ArrayBufferLike, number>();
  readonly #idle = new Set<ArrayBufferLike>();
  readonly #maximumIdleBytes: number;
  #idleBytes = 0;
  #heldArrays = 0;
  /** Arrays handed out so far. */
  #turn = 0;

  constructor(maximumIdleBytes: number = defaultIdleBytes) {
    this.#maximumIdleBytes = maximumIdleBytes;
  }

  /** `length` floats of undefined content, not yet held by any tensor. */
  acquire(length: number): Float32Array<ArrayBuffer> {
    if (length < minimumPooledLength) return new Float32Array(length);
    this.#turn += 1;
    if (this.#turn % 256 === 0) this.#dropForgotten();
    const reused = this.#free.get(length)?.pop()?.array;
    if (reused === undefined) {
      const fresh = new Float32Array(length);
      this.#holders.set(fresh.buffer, 0);
      return fresh;
    }
    this.#forget(reused.buffer);
    return reused;
  }

  owns(values: unknown): values is Float32Array {
    return ArrayBuffer.isView(values) && this.#holders.has(values.buffer);
  }

  /** Exactly one tensor holds the buffer of these values, and all of it. */
  isHeldOnce(values: unknown): values is Float32Array {
    return (
      this.owns(values) &&
      values.byteLength === values.buffer.byteLength &&
      this.#holders.get(values.buffer) === 1
    );
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
    const array = new Float32Array(buffer as ArrayBuffer);
    const entry = { array, since: this.#turn };
    const list = this.#free.get(array.length);
    if (list === undefined) this.#free.set(array.length, [entry]);
    else list.push(entry);
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

  /** Takes one idle array out of the list of its length. */
  #withdraw(buffer: ArrayBufferLike): void {
    const list = this.#free.get(buffer.byteLength / Float32Array.BYTES_PER_ELEMENT)!;
    list.splice(
      list.findIndex(({ array }) => array.buffer === buffer),
      1,
    );
    this.#forget(buffer);
  }

  #dropForgotten(): void {
    for (const [length, list] of this.#free) {
      while (list[0] !== undefined && this.#turn - list[0].since > maximumIdleTurns) {
        this.#forget(list.shift()!.array.buffer);
      }
      if (list.length === 0) this.#free.delete(length);
    }
  }

  #forget(buffer: ArrayBufferLike): void {
    this.#idle.delete(buffer);
    this.#idleBytes -= buffer.byteLength;
  }
}
