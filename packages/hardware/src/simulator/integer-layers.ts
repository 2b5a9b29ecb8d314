import type { AveragePoolLayer, ConvLayer, DenseLayer, MaxPoolLayer } from '@spikefit/contracts';
import { tapsAlong } from '@spikefit/specification';

/** Σ code · input over the inputs that are not 0, [units] of an FC or [H, W, units] of a convolution. */
export const weightedSums = (
  layer: ConvLayer | DenseLayer,
  codes: Int8Array,
  input: Int32Array,
): Float64Array =>
  layer.kind === 'dense' ? denseSums(layer, codes, input) : convolutionSums(layer, codes, input);

function denseSums({ units }: DenseLayer, codes: Int8Array, input: Int32Array): Float64Array {
  const sums = new Float64Array(units);
  for (let i = 0; i < input.length; i++) {
    const value = input[i]!;
    if (value === 0) continue;
    for (let unit = 0; unit < units; unit++) sums[unit]! += codes[unit * input.length + i]! * value;
  }
  return sums;
}

function convolutionSums(
  { inputShape, outputShape, kernel, stride, filters }: ConvLayer,
  codes: Int8Array,
  input: Int32Array,
): Float64Array {
  const [height, width, channels] = inputShape;
  const outputWidth = outputShape[1];
  const sums = new Float64Array(outputShape[0] * outputWidth * filters);
  const rowsOf = tapsByInput(height, kernel, stride);
  const columnsOf = tapsByInput(width, kernel, stride);
  const perUnit = kernel * kernel * channels;
  for (let i = 0; i < input.length; i++) {
    const value = input[i]!;
    if (value === 0) continue;
    const channel = i % channels;
    const place = (i - channel) / channels;
    const x = place % width;
    for (const row of rowsOf[(place - x) / width]!) {
      for (const column of columnsOf[x]!) {
        const at = (row.output * outputWidth + column.output) * filters;
        const tap = (row.kernel * kernel + column.kernel) * channels + channel;
        for (let filter = 0; filter < filters; filter++)
          sums[at + filter]! += codes[filter * perUnit + tap]! * value;
      }
    }
  }
  return sums;
}

interface Reader {
  readonly output: number;
  readonly kernel: number;
}

/** By input position along an axis: the outputs that read it, and through which tap. */
function tapsByInput(size: number, kernel: number, stride: number): Reader[][] {
  const readers = Array.from({ length: size }, (): Reader[] => []);
  for (const { input, output, kernel: tap } of tapsAlong(size, kernel, stride))
    readers[input]!.push({ output, kernel: tap });
  return readers;
}

/** Largest value, or sum, of each window; incomplete windows at the end are left out. */
export function pool<T extends Int32Array | Float64Array>(
  { kind, size, inputShape, outputShape }: MaxPoolLayer | AveragePoolLayer,
  x: T,
  out: T,
): T {
  const [, width, channels] = inputShape;
  const [outputHeight, outputWidth] = outputShape;
  for (let y = 0; y < outputHeight; y++)
    for (let z = 0; z < outputWidth; z++)
      for (let c = 0; c < channels; c++) {
        let value = kind === 'maxPool' ? Number.NEGATIVE_INFINITY : 0;
        for (let dy = 0; dy < size; dy++)
          for (let dx = 0; dx < size; dx++) {
            const one = x[((y * size + dy) * width + z * size + dx) * channels + c]!;
            value = kind === 'maxPool' ? Math.max(value, one) : value + one;
          }
        out[(y * outputWidth + z) * channels + c] = value;
      }
  return out;
}
