import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** Trailing axes: `small` without its leading ones is a suffix of `large`. */
function isSuffix(small: readonly number[], large: readonly number[]): boolean {
  const firstReal = small.findIndex((dimension) => dimension !== 1);
  const suffix = firstReal === -1 ? [] : small.slice(firstReal);
  const offset = large.length - suffix.length;
  return (
    small.length <= large.length && suffix.every((dimension, axis) => dimension === large[offset + axis])
  );
}

function apply(
  large: TensorInfo,
  small: TensorInfo,
  swapped: boolean,
  operation: number,
  backend: NativeBackend,
): TensorInfo {
  const size = sizeOf(large.shape);
  const inner = sizeOf(small.shape);
  const repeat = inner !== size;
  const result = backend.makeOutput32(large.shape);
  const dimensions = repeat
    ? [inner === 0 ? 0 : size / inner, inner, 1, Number(swapped), operation]
    : [1, size, 0, Number(swapped), operation];
  backend.addon.binaryElementwise(
    Int32Array.from(dimensions),
    backend.floats(large),
    backend.floats(small),
    result.values,
  );
  return result.info;
}

/** a ∘ b where one shape is the other's, or the end of it (a bias, a scalar); other broadcasts are tfjs-cpu's. */
function binary(name: string, operation: number): NativeKernel {
  return {
    name,
    run(inputs, _attributes, backend) {
      const a = input(inputs, 'a');
      const b = input(inputs, 'b');
      if (!allFloat32(a, b)) return undefined;
      if (isSuffix(b.shape, a.shape)) return apply(a, b, false, operation, backend);
      if (isSuffix(a.shape, b.shape)) return apply(b, a, true, operation, backend);
      return undefined;
    },
  };
}

export const add = binary('Add', 0);
export const subtract = binary('Sub', 1);
export const multiply = binary('Multiply', 2);
