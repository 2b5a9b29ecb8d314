import type { KernelConfig, KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { nativeBackendName } from '../backend/backend-name.ts';
import type { NativeBackend } from '../backend/native-backend.ts';

export type Inputs = { readonly [name: string]: TensorInfo | undefined };

/**
 * One kernel of the backend: runs on the addon, or gives undefined for a case that only tfjs-cpu has (another data
 * type or layout, dilation), which is then run by tfjs-cpu's kernel of the same name.
 */
export interface NativeKernel {
  readonly name: string;
  readonly run: (
    inputs: Inputs,
    attributes: NamedAttrMap,
    backend: NativeBackend,
  ) => TensorInfo | TensorInfo[] | undefined;
}

/** Kernels of tfjs-cpu that pass storage on and never look into it. */
const blindKernels = new Set([tf.Identity, tf.Reshape, tf.ExpandDims]);

/** Registers every kernel of tfjs-cpu for `native`: those that read values wait for the kernels that write them. */
export function registerCpuKernels(): void {
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    const kernelFunc: KernelFunc = (parameters) => {
      (parameters.backend as NativeBackend).addon.drain();
      return kernel.kernelFunc(parameters);
    };
    const own = blindKernels.has(kernel.kernelName) ? {} : { kernelFunc };
    tf.registerKernel({ ...kernel, backendName: nativeBackendName, ...own });
  }
}

/** Registers a kernel for `native`, in place of the copy of tfjs-cpu's if there is one. */
export function registerNativeKernel({ name, run }: NativeKernel): void {
  // The types of tfjs promise a kernel for every name; the registry gives undefined where there is none.
  const fallback = tf.getKernel(name, 'cpu') as KernelConfig | undefined;
  if (tf.getKernel(name, nativeBackendName) as KernelConfig | undefined) {
    tf.unregisterKernel(name, nativeBackendName);
  }
  const kernelFunc: KernelFunc = (parameters) => {
    const { inputs, attrs } = parameters;
    const backend = parameters.backend as NativeBackend;
    const result = run(inputs, attrs ?? {}, backend);
    if (result !== undefined) return result;
    if (fallback === undefined) throw new Error(`${name}: every tensor must be float32`);
    backend.addon.drain();
    return fallback.kernelFunc(parameters);
  };
  tf.registerKernel({ kernelName: name, backendName: nativeBackendName, kernelFunc });
}

/** The input of this name; the op that calls the kernel always gives it. */
export function input(inputs: Inputs, name: string): TensorInfo {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`input ${name} is missing`);
  return tensor;
}

export const allFloat32 = (...tensors: TensorInfo[]): boolean =>
  tensors.every(({ dtype }) => dtype === 'float32');

export const sizeOf = (shape: readonly number[]): number =>
  shape.reduce((size, dimension) => size * dimension, 1);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);

/** Length of the last axis: the channels. 1 for a scalar. */
export const lastDimension = (shape: readonly number[]): number => shape.at(-1) ?? 1;
