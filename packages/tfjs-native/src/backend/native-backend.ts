import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendTimingInfo, backend_util, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import type { InstructionSetName, NativeAddon } from '../addon/native-addon.ts';
import { BufferPool } from './buffer-pool.ts';
import { type DeferredKernels, deferKernels } from './deferred-kernels.ts';
import { SpikeData } from './spike-data.ts';

// TensorFlow.js identifies the storage of a tensor by an object that only its backend reads.
type DataId = TensorInfo['dataId'];

export type Precision = 'fp32' | 'mixed';

/** An output that a kernel still has to fill. */
export interface Output {
  readonly info: TensorInfo;
  readonly values: Float32Array;
}

/** Spikes that a kernel still has to write, as bits: see SpikeData. */
export interface SpikeOutput {
  readonly info: TensorInfo;
  readonly bits: Uint8Array;
}

/**
 * tfjs-cpu's backend with pooled storage for the outputs of native kernels. Tensors live in ordinary typed arrays, so
 * every tfjs-cpu kernel runs on it unchanged.
 *
 * Native kernels are deferred: whoever reads or writes values in JavaScript drains first (`deferKernels` says why this
 * is worth it). Reading a tensor and kernels of tfjs-cpu do.
 */
export class NativeBackend extends MathBackendCPU {
  readonly addon: DeferredKernels;
  readonly isa: InstructionSetName;
  /** `mixed`: input gradients are products of operands rounded to bfloat16, summed in float32. */
  precision: Precision;
  readonly pool = new BufferPool();
  readonly #configure: () => void;
  /** By the storage of tensors, which no kernel writes to again. */
  readonly #gridSteps = new WeakMap<DataId, Float32Array>();

  constructor(addon: NativeAddon, isa: InstructionSetName, threads: number, precision: Precision) {
    super();
    this.addon = deferKernels(addon);
    this.#configure = () => addon.configure(isa, 1);
    this.isa = isa;
    this.precision = precision;
    addon.configure(isa, threads);
    // The base class would advise once, on the console, to install a faster backend.
    Reflect.set(this, 'firstUse', false);
  }

  /** A float32 tensor of this shape with pooled storage; its content is undefined. */
  makeOutput32(shape: readonly number[]): Output {
    const values = this.pool.acquire(shape.reduce((size, dimension) => size * dimension, 1));
    return { info: this.makeTensorInfo([...shape], 'float32', values), values };
  }

  /**
   * A new tensor in the storage of one that its owner gives up and disposes next: a kernel that reads each value before
   * it writes it may so update in place. Fresh storage, like makeOutput32, where anyone else may see the old values: a
   * clone, a slice, an array that the user gave.
   */
  makeReplacement32(tensor: TensorInfo): Output {
    const { values, refCount } = this.data.get(tensor.dataId);
    if (refCount !== 1 || !this.pool.isHeldOnce(values)) return this.makeOutput32(tensor.shape);
    return { info: this.makeTensorInfo([...tensor.shape], 'float32', values), values };
  }

  /**
   * The values of a float32 tensor, for a kernel: they may not be there yet. A tensor that was cast from int32 or bool
   * shares its storage with the original; its values are copied to floats here.
   */
  floats(tensor: TensorInfo): Float32Array {
    const data: unknown = this.data.get(tensor.dataId);
    if (data instanceof SpikeData) return data.floats;
    const { values } = data as { values: unknown };
    if (values instanceof Float32Array) return values;
    this.addon.drain();
    return Float32Array.from(values as ArrayLike<number>);
  }

  /** The values of an int32 tensor, for a kernel. */
  integers(tensor: TensorInfo): Int32Array {
    const { values } = this.data.get(tensor.dataId);
    if (values instanceof Int32Array) return values;
    this.addon.drain();
    return Int32Array.from(values as ArrayLike<number>);
  }

  /** As `floats`, of an optional input: null is what the addon takes for none. */
  floatsOrNull(tensor: TensorInfo | undefined): Float32Array | null {
    return tensor === undefined ? null : this.floats(tensor);
  }

  /** A tensor of zeros and ones of this shape, kept as bits; its content is undefined. */
  makeSpikes(shape: readonly number[]): SpikeOutput {
    const info = this.makeTensorInfo([...shape], 'float32', new Float32Array(0));
    const spikes = new SpikeData(
      shape.reduce((size, dimension) => size * dimension, 1),
      this.pool,
      this.addon,
    );
    this.data.set(info.dataId, spikes as never);
    return { info, bits: spikes.bits };
  }

  /** The bits of a tensor that is kept as spikes; undefined for any other. */
  spikes(tensor: TensorInfo): Uint8Array | undefined {
    const data: unknown = this.data.get(tensor.dataId);
    return data instanceof SpikeData ? data.bits : undefined;
  }

  /**
   * Notes that a tensor's values are integers of at most ±128 times a step: one for all, or one for each position of the
   * last axis. Products with spikes are then sums of integers.
   */
  setGridSteps(tensor: TensorInfo, steps: Float32Array): void {
    this.#gridSteps.set(tensor.dataId, steps);
  }

  /** The steps that were noted for this tensor, or for the one that it is a reshape of. A slice has the one step of the whole. */
  gridSteps(tensor: TensorInfo): Float32Array | undefined {
    const steps = this.#gridSteps.get(tensor.dataId);
    return steps?.length === 1 || steps?.length === tensor.shape.at(-1) ? steps : undefined;
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    this.pool.hold(values);
    return super.write(values, shape, dtype);
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.pool.hold(values);
    super.move(dataId, values, shape, dtype, refCount);
  }

  /** A copy where the storage is pooled: the caller may keep it longer than the tensor lives. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    this.addon.drain();
    const values = super.readSync(dataId);
    return this.pool.owns(values) ? values.slice() : values;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const data: unknown = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const disposed = super.disposeData(dataId, force);
    if (disposed && data !== undefined && !this.data.has(dataId)) {
      if (data instanceof SpikeData) data.release();
      else this.pool.release((data as { values: unknown }).values);
    }
    return disposed;
  }

  override async time(work: () => void): Promise<BackendTimingInfo> {
    this.addon.drain();
    const started = performance.now();
    work();
    this.addon.drain();
    return { kernelMs: performance.now() - started };
  }

  /** Ends the threads and forgets unused memory. */
  override dispose(): void {
    try {
      this.#configure();
    } finally {
      this.pool.clear();
      super.dispose();
    }
  }
}
