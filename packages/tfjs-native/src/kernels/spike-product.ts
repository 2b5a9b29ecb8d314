import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../backend/native-backend.ts';
import type { Convolution } from './convolution-dimensions.ts';

/** The dense side of a product; `steps` where its values are known to be integers times these (see gridSteps). */
export interface DenseOperand {
  readonly values: Float32Array;
  readonly steps: Float32Array | undefined;
}

function spikeConvolution(
  dimensions: Int32Array,
  spikes: Uint8Array,
  { values, steps }: DenseOperand,
  bias: Float32Array | null,
  y: Float32Array,
  { addon }: NativeBackend,
): void {
  if (steps === undefined) addon.spikeConvolutionForward(dimensions, spikes, values, bias, y);
  else addon.spikeConvolutionForwardGrid(dimensions, spikes, values, steps, bias, y);
}

/** x ⊛ filter + bias, by tables where x is kept as spikes. */
export function convolutionForward(
  { dimensions, info }: Convolution,
  x: TensorInfo,
  filter: TensorInfo,
  bias: TensorInfo | undefined,
  backend: NativeBackend,
): TensorInfo {
  const y = backend.makeOutput32(info.outShape);
  const biasValues = backend.floatsOrNull(bias);
  const filterValues = backend.floats(filter);
  const spikes = backend.spikes(x);
  if (spikes !== undefined) {
    const filterOnGrid = { values: filterValues, steps: backend.gridSteps(filter) };
    spikeConvolution(dimensions, spikes, filterOnGrid, biasValues, y.values, backend);
  } else {
    backend.addon.convolutionForward(dimensions, backend.floats(x), filterValues, biasValues, y.values);
  }
  return y.info;
}

/** A matrix product whose left-hand side [rows, depth] (in memory, if transposed, [depth, rows]) is kept as spikes. */
export interface SpikeMatrixProduct {
  readonly spikes: Uint8Array;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly transposed: boolean;
}

/**
 * c [rows, columns] = op(spikes) · b + bias: a convolution of one-pixel images, and, transposed, the gradient of its
 * filter with the depth as pixels of one line. A transposed product takes no bias.
 */
export function spikeMatrixProduct(
  { spikes, rows, depth, columns, transposed }: SpikeMatrixProduct,
  b: DenseOperand,
  bias: Float32Array | null,
  c: Float32Array,
  backend: NativeBackend,
): void {
  const unit = [1, 1, 1, 1, 0, 0];
  if (transposed) {
    const dimensions = Int32Array.of(1, 1, depth, rows, 1, depth, columns, ...unit);
    backend.addon.spikeConvolutionFilterGradient(dimensions, spikes, b.values, c);
  } else {
    const dimensions = Int32Array.of(rows, 1, 1, depth, 1, 1, columns, ...unit);
    spikeConvolution(dimensions, spikes, b, bias, c, backend);
  }
}
