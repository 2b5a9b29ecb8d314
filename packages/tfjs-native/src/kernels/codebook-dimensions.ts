import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import { allFloat32, type Inputs, input, sameShape, sizeOf } from './native-kernel.ts';

export interface CodebookInputs {
  readonly weights: TensorInfo;
  readonly assignments: Uint8Array | null;
  readonly midpoints: TensorInfo;
  readonly levels: TensorInfo;
  /** As the addon takes them: [size, groups, levels]. */
  readonly dimensions: Int32Array;
}

/**
 * The inputs that both kernels of codebooks have: {weights [..., units], midpoints [M − 1, G], levels [M, G]} and,
 * where the weights are assigned for good, {assignments}: M levels by rank and G = 1 or units groups.
 * Undefined where a tensor has another type.
 */
export function codebookInputs(inputs: Inputs, backend: NativeBackend): CodebookInputs | undefined {
  const [weights, midpoints, levels] = ['weights', 'midpoints', 'levels'].map((name) => input(inputs, name));
  if (!allFloat32(weights!, midpoints!, levels!)) return undefined;
  const [count = 0, groups = 0] = levels!.shape;
  return {
    weights: weights!,
    assignments: inputs.assignments === undefined ? null : bytesOf(inputs.assignments, weights!, backend),
    midpoints: midpoints!,
    levels: levels!,
    dimensions: Int32Array.of(sizeOf(weights!.shape), groups, count),
  };
}

/** A tensor of type bool: the one that TensorFlow.js keeps as bytes. */
function bytesOf(assignments: TensorInfo, weights: TensorInfo, backend: NativeBackend): Uint8Array {
  if (assignments.dtype !== 'bool' || !sameShape(assignments.shape, weights.shape)) {
    throw new Error('assignments must be bytes of the shape of the weights');
  }
  return backend.data.get(assignments.dataId).values as Uint8Array;
}
