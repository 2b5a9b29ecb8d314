import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import { allFloat32, sizeOf } from './native-kernel.ts';
import { spikeMatrixProduct } from './spike-product.ts';

/**
 * op(a) · op(b) + bias over the last two axes, for leading axes that are equal or, on one side, all 1. Undefined for
 * other broadcasts and types: tfjs-cpu's kernel does those, and reports shapes that do not match.
 */
export function matrixProduct(
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo | undefined,
  attributes: NamedAttrMap,
  backend: NativeBackend,
): TensorInfo | undefined {
  if (!allFloat32(a, b) || a.shape.length !== b.shape.length || a.shape.length < 2) return undefined;
  const transposeA = attributes.transposeA === true;
  const transposeB = attributes.transposeB === true;
  const [rows, depth] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [inner, columns] = transposeB
    ? [b.shape.at(-1)!, b.shape.at(-2)!]
    : [b.shape.at(-2)!, b.shape.at(-1)!];
  if (depth !== inner) return undefined;

  const leadingA = a.shape.slice(0, -2);
  const leadingB = b.shape.slice(0, -2);
  const batchA = sizeOf(leadingA);
  const batchB = sizeOf(leadingB);
  const equal = leadingA.every((dimension, axis) => dimension === leadingB[axis]);
  if (!equal && batchA !== 1 && batchB !== 1) return undefined;
  const leading = batchA === 1 ? leadingB : leadingA;
  const batch = sizeOf(leading);
  if (bias !== undefined && !(allFloat32(bias) && sizeOf(bias.shape) === columns)) return undefined;

  const c = backend.makeOutput32([...leading, rows, columns]);
  const biasValues = backend.floatsOrNull(bias);
  const spikes = backend.spikes(a);
  // One matrix on the right: the rows of all matrices on the left are rows of one.
  if (spikes !== undefined && !transposeB && batchB === 1 && !(transposeA && (batchA > 1 || bias))) {
    const product = { spikes, rows: batchA * rows, depth, columns, transposed: transposeA };
    const dense = { values: backend.floats(b), steps: backend.gridSteps(b) };
    spikeMatrixProduct(product, dense, biasValues, c.values, backend);
    return c.info;
  }
  const dimensions = Int32Array.of(
    ...[batch, rows, columns, depth, Number(transposeA), Number(transposeB)],
    ...[Number(batchA === 1), Number(batchB === 1)],
  );
  if (attributes.inputGradient === true && backend.precision === 'mixed') {
    backend.addon.matrixProductBfloat16(dimensions, backend.floats(a), backend.floats(b), c.values);
    return c.info;
  }
  backend.addon.matrixProduct(dimensions, backend.floats(a), backend.floats(b), biasValues, c.values);
  return c.info;
}
