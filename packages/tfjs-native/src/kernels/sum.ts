import { type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import { allFloat32, input, type NativeKernel, sizeOf } from './native-kernel.ts';

/** Runs of neighbouring axes, last first: axes 0, 1, 3 → [3, 4), [0, 2). */
function runsOf(axes: readonly number[]): [begin: number, end: number][] {
  const runs: [number, number][] = [];
  for (const axis of [...axes].sort((a, b) => b - a)) {
    const run = runs.at(-1);
    if (run !== undefined && run[0] === axis + 1) run[0] = axis;
    else runs.push([axis, axis + 1]);
  }
  return runs;
}

/**
 * x summed over `axis` (all axes if absent), in double; one pass per run of neighbouring axes. Undefined for cases
 * that are tfjs-cpu's.
 */
export function sumOver(
  x: TensorInfo,
  attributes: NamedAttrMap,
  backend: NativeBackend,
): { info: TensorInfo; terms: number } | undefined {
  if (!allFloat32(x) || sizeOf(x.shape) === 0) return undefined;
  const axes = util.parseAxisParam(attributes.axis as number | number[], x.shape);
  if (axes.length === 0) return undefined;

  let current: TensorInfo = x;
  for (const [begin, end] of runsOf(axes)) {
    const shape = current.shape;
    const reduced = shape.map((dimension, axis) => (axis >= begin && axis < end ? 1 : dimension));
    const sums = backend.makeOutput32(reduced);
    const dimensions = Int32Array.of(
      sizeOf(shape.slice(0, begin)),
      sizeOf(shape.slice(begin, end)),
      sizeOf(shape.slice(end)),
    );
    backend.addon.axisSum(dimensions, backend.floats(current), sums.values);
    if (current !== x) backend.disposeIntermediateTensorInfo(current);
    current = sums.info;
  }
  const keep = attributes.keepDims === true;
  const shape = keep ? current.shape : x.shape.filter((_, axis) => !axes.includes(axis));
  const terms = sizeOf(axes.map((axis) => x.shape[axis]!));
  return { info: { dataId: current.dataId, shape, dtype: current.dtype }, terms };
}

export const sum: NativeKernel = {
  name: 'Sum',
  run: (inputs, attributes, backend) => sumOver(input(inputs, 'x'), attributes, backend)?.info,
};
