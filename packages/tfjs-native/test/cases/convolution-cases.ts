import {
  allToBfloat16,
  type ConvolutionShape,
  convolutionFilterGradient,
  convolutionForward,
  convolutionInputGradient,
  winogradInputGradientBfloat16,
} from '../../src/reference/index.ts';
import { dot, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = {
  title: string;
  size: readonly [batch: number, height: number, width: number, inputs: number, outputs: number];
  filter: readonly [height: number, width: number];
  stride?: readonly [height: number, width: number];
  /** [top, bottom, left, right] */
  pad?: readonly [number, number, number, number];
  /** The kernels take Winograd's filtering for the input gradient. */
  winograd?: true;
  /** Share of ones of a spike input; uniform values if absent. */
  density?: number;
};

const rows: readonly Row[] = [
  { title: 'one pixel', size: [1, 1, 1, 1, 1], filter: [1, 1] },
  { title: 'first layer, one channel', size: [3, 9, 7, 1, 10], filter: [3, 3], pad: [1, 1, 1, 1] },
  { title: '3×3 same', size: [2, 7, 6, 16, 33], filter: [3, 3], pad: [1, 1, 1, 1], winograd: true },
  { title: '3×3 same, odd size', size: [2, 5, 7, 17, 19], filter: [3, 3], pad: [1, 1, 1, 1], winograd: true },
  {
    title: '3×3 same, many tiles',
    size: [9, 13, 11, 16, 20],
    filter: [3, 3],
    pad: [1, 1, 1, 1],
    winograd: true,
  },
  {
    title: '3×3 same, more than a task',
    size: [3, 13, 11, 16, 64],
    filter: [3, 3],
    pad: [1, 1, 1, 1],
    winograd: true,
  },
  {
    title: '3×3 same, whole tiles',
    size: [2, 8, 4, 16, 40],
    filter: [3, 3],
    pad: [1, 1, 1, 1],
    winograd: true,
  },
  {
    title: '3×3 same, less than a tile',
    size: [2, 3, 2, 17, 16],
    filter: [3, 3],
    pad: [1, 1, 1, 1],
    winograd: true,
  },
  { title: '3×3 valid, wide', size: [1, 6, 7, 16, 24], filter: [3, 3], winograd: true },
  { title: '3×3 same, one pixel', size: [3, 1, 1, 16, 16], filter: [3, 3], pad: [1, 1, 1, 1] },
  { title: '3×3 valid', size: [1, 5, 8, 3, 8], filter: [3, 3] },
  { title: '5×3 filter, uneven pad', size: [2, 8, 9, 4, 7], filter: [5, 3], pad: [2, 1, 0, 2] },
  { title: 'stride 2', size: [2, 9, 8, 5, 17], filter: [3, 3], stride: [2, 2], pad: [1, 1, 1, 1] },
  { title: 'stride 3×1', size: [1, 10, 7, 2, 4], filter: [2, 4], stride: [3, 1], pad: [0, 0, 1, 2] },
  { title: 'stride larger than filter', size: [2, 9, 9, 3, 5], filter: [2, 2], stride: [3, 3] },
  { title: 'pad larger than filter', size: [1, 3, 3, 2, 3], filter: [2, 2], pad: [3, 2, 3, 2] },
  { title: '1×1 filter', size: [2, 6, 5, 19, 24], filter: [1, 1] },
  {
    title: 'spikes, deeper than a block',
    size: [1, 5, 5, 64, 20],
    filter: [3, 3],
    pad: [1, 1, 1, 1],
    winograd: true,
    density: 0.2,
  },
  { title: 'no spikes', size: [1, 5, 5, 8, 9], filter: [3, 3], pad: [1, 1, 1, 1], density: 0 },
  { title: 'all spikes', size: [1, 5, 5, 8, 9], filter: [3, 3], pad: [1, 1, 1, 1], density: 1 },
  { title: 'many pixels', size: [6, 23, 21, 3, 6], filter: [3, 3], pad: [1, 1, 1, 1], density: 0.3 },
  { title: 'empty batch', size: [0, 4, 4, 2, 3], filter: [3, 3], pad: [1, 1, 1, 1] },
];

function shapeOf({ size, filter, stride = [1, 1], pad = [0, 0, 0, 0] }: Row): ConvolutionShape {
  const [batch, inputHeight, inputWidth, inputChannels, outputChannels] = size;
  const output = (length: number, total: number, taps: number, step: number): number =>
    Math.floor((length + total - taps) / step) + 1;
  return {
    ...{ batch, inputHeight, inputWidth, inputChannels, outputChannels },
    outputHeight: output(inputHeight, pad[0] + pad[1], filter[0], stride[0]),
    outputWidth: output(inputWidth, pad[2] + pad[3], filter[1], stride[1]),
    ...{ filterHeight: filter[0], filterWidth: filter[1] },
    ...{ strideHeight: stride[0], strideWidth: stride[1], padTop: pad[0], padLeft: pad[2] },
  };
}

function casesOf(row: Row, seed: number): KernelCase[] {
  const shape = shapeOf(row);
  const dimensions = Int32Array.of(
    ...[shape.batch, shape.inputHeight, shape.inputWidth, shape.inputChannels],
    ...[shape.outputHeight, shape.outputWidth, shape.outputChannels],
    ...[shape.filterHeight, shape.filterWidth, shape.strideHeight, shape.strideWidth],
    ...[shape.padTop, shape.padLeft],
  );
  const data = random(seed);
  const sizeX = shape.batch * shape.inputHeight * shape.inputWidth * shape.inputChannels;
  const depth = shape.filterHeight * shape.filterWidth * shape.inputChannels;
  const pixels = shape.batch * shape.outputHeight * shape.outputWidth;
  const x = row.density === undefined ? data.uniform(sizeX) : data.spikes(sizeX, row.density);
  const filter = data.uniform(depth * shape.outputChannels);
  const bias = data.uniform(shape.outputChannels);
  const dy = data.uniform(pixels * shape.outputChannels);

  // Every term is at most 1, so a sum of n terms in float32 is off by less than n · 2^-23 times a small factor.
  const tolerance = (terms: number): number => 1e-7 * (terms + 8);
  return [
    {
      title: `convolution ${row.title}`,
      run(addon) {
        const y = unfilled(dy.length);
        addon.convolutionForward(dimensions, x, filter, null, y);
        const withBias = unfilled(dy.length);
        addon.convolutionForward(dimensions, x, filter, bias, withBias);
        return [y, withBias];
      },
      expected: () => [convolutionForward(shape, x, filter), convolutionForward(shape, x, filter, bias)],
      tolerance: tolerance(depth),
    },
    {
      title: `convolution input gradient ${row.title}`,
      run(addon) {
        const dx = unfilled(x.length);
        addon.convolutionInputGradient(dimensions, dy, filter, dx);
        return [dx];
      },
      expected: () => [convolutionInputGradient(shape, dy, filter)],
      tolerance: tolerance((depth / shape.inputChannels) * shape.outputChannels),
      gradient(addon) {
        const dx = unfilled(x.length);
        addon.convolutionInputGradient(dimensions, dy, filter, dx);
        const direction = data.uniform(x.length);
        const loss = (point: Float64Array): number => dot(convolutionForward(shape, point, filter), dy);
        return [{ of: 'x', analytic: dot(dx, direction), numeric: slopeAlong(loss, x, direction, 0.5) }];
      },
    },
    {
      title: `convolution input gradient ${row.title}, bfloat16`,
      run(addon) {
        const dx = unfilled(x.length);
        addon.convolutionInputGradientBfloat16(dimensions, dy, filter, dx);
        return [dx];
      },
      expected: () => [
        row.winograd
          ? winogradInputGradientBfloat16(shape, dy, filter)
          : convolutionInputGradient(shape, allToBfloat16(dy), allToBfloat16(filter)),
      ],
      tolerance: tolerance((depth / shape.inputChannels) * shape.outputChannels),
    },
    {
      title: `convolution filter gradient ${row.title}`,
      run(addon) {
        const dFilter = unfilled(filter.length);
        addon.convolutionFilterGradient(dimensions, x, dy, dFilter);
        return [dFilter];
      },
      expected: () => [convolutionFilterGradient(shape, x, dy)],
      tolerance: tolerance(pixels),
      gradient(addon) {
        const dFilter = unfilled(filter.length);
        addon.convolutionFilterGradient(dimensions, x, dy, dFilter);
        const direction = data.uniform(filter.length);
        const loss = (point: Float64Array): number => dot(convolutionForward(shape, x, point), dy);
        const numeric = slopeAlong(loss, filter, direction, 0.5);
        return [{ of: 'filter', analytic: dot(dFilter, direction), numeric }];
      },
    },
  ];
}

export const convolutionCases: readonly KernelCase[] = rows.flatMap((row, index) =>
  casesOf(row, 100 + index),
);
