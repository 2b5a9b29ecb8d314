import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** Numbers by which the addon knows them. */
const operations = { add: 0, subtract: 1, multiply: 2, divide: 3 } as const;
type Operation = keyof typeof operations;

/** values ∘ scalar, rounded to float32, into `out`, which may be `values`. */
export function applyScalar(
  values: Float32Array,
  operation: Operation,
  scalar: number,
  out: Float32Array,
  { addon }: NativeBackend,
): void {
  const dimensions = Int32Array.of(values.length, 1, 1, 0, operations[operation]);
  addon.binaryElementwise(dimensions, values, Float32Array.of(scalar), out);
}

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
  operation: Operation,
  backend: NativeBackend,
): TensorInfo {
  const size = sizeOf(large.shape);
  const inner = sizeOf(small.shape);
  const repeat = inner !== size;
  const result = backend.makeOutput32(large.shape);
  const dimensions = repeat
    ? [inner === 0 ? 0 : size / inner, inner, 1, Number(swapped), operations[operation]]
    : [1, size, 0, Number(swapped), operations[operation]];
  backend.addon.binaryElementwise(
    Int32Array.from(dimensions),
    backend.floats(large),
    backend.floats(small),
    result.values,
  );
  return result.info;
}

/** a ∘ b where one shape is the other's, or the end of it (a bias, a scalar); other broadcasts are tfjs-cpu's. */
function binary(name: string, operation: Operation): NativeKernel {
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

export const add = binary('Add', 'add');
export const subtract = binary('Sub', 'subtract');
export const multiply = binary('Multiply', 'multiply');
export const divide = binary('RealDiv', 'divide');
