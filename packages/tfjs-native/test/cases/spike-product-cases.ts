import {
  type ConvolutionShape,
  convolutionFilterGradient,
  convolutionForward,
  packSpikes,
} from '../../src/reference/index.ts';
import { dot, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = {
  title: string;
  size: readonly [batch: number, height: number, width: number, inputs: number, outputs: number];
  /** Square filter and padding. */
  filter: number;
  /** Down and across; one number where they are the same. */
  stride?: number | readonly [down: number, across: number];
  pad?: number;
  density: number;
};

const rows: readonly Row[] = [
  { title: 'one pixel', size: [1, 1, 1, 1, 1], filter: 1, density: 1 },
  { title: 'one channel', size: [3, 9, 7, 1, 10], filter: 3, pad: 1, density: 0.3 },
  { title: '3×3 same', size: [2, 7, 6, 16, 33], filter: 3, pad: 1, density: 0.3 },
  { title: '3×3 same, batch 1', size: [1, 14, 14, 32, 64], filter: 3, pad: 1, density: 0.2 },
  { title: '3×3 valid', size: [1, 5, 8, 4, 8], filter: 3, density: 0.3 },
  { title: 'channels not a multiple of 4', size: [2, 9, 8, 13, 17], filter: 3, pad: 1, density: 0.4 },
  { title: 'stride 2', size: [2, 9, 8, 20, 17], filter: 3, stride: 2, pad: 1, density: 0.3 },
  { title: 'stride larger than filter', size: [2, 9, 9, 3, 5], filter: 2, stride: 3, density: 0.5 },
  { title: '5×5, stride 2, pad 2', size: [2, 11, 13, 8, 40], filter: 5, stride: 2, pad: 2, density: 0.2 },
  { title: 'pad larger than filter', size: [1, 3, 3, 2, 3], filter: 2, pad: 3, density: 0.5 },
  { title: '1×1 filter', size: [2, 6, 5, 19, 24], filter: 1, density: 0.3 },
  { title: 'more than a slice', size: [1, 5, 5, 64, 20], filter: 3, pad: 1, density: 0.2 },
  { title: 'no spikes', size: [1, 5, 5, 8, 9], filter: 3, pad: 1, density: 0 },
  { title: 'all spikes', size: [1, 5, 5, 8, 9], filter: 3, pad: 1, density: 1 },
  { title: 'more than a task', size: [260, 5, 5, 8, 35], filter: 3, pad: 1, density: 0.3 },
  { title: 'empty batch', size: [0, 4, 4, 2, 3], filter: 3, pad: 1, density: 0.3 },
  { title: 'matrix, rows as images', size: [301, 1, 1, 130, 40], filter: 1, density: 0.3 },
  { title: 'matrix, rows as a line', size: [1, 1, 301, 130, 40], filter: 1, density: 0.3 },
  { title: 'deep matrix', size: [1, 1, 18, 1700, 10], filter: 1, density: 0.1 },
  { title: 'lines of more than a word', size: [2, 3, 75, 5, 9], filter: 3, pad: 1, density: 0.3 },
  { title: '5×5 on lines of 5', size: [3, 6, 5, 11, 18], filter: 5, pad: 2, density: 0.3 },
  {
    title: 'stride 2 down, 1 across',
    size: [2, 9, 7, 9, 12],
    filter: 3,
    stride: [2, 1],
    pad: 1,
    density: 0.3,
  },
  {
    title: 'stride 1 down, 2 across',
    size: [2, 6, 11, 9, 12],
    filter: 3,
    stride: [1, 2],
    pad: 1,
    density: 0.3,
  },
  { title: 'few spikes', size: [3, 9, 8, 32, 70], filter: 3, pad: 1, density: 0.04 },
  { title: 'one spike in a hundred', size: [2, 14, 14, 128, 33], filter: 3, pad: 1, density: 0.01 },
  { title: 'few spikes, valid, 13 channels', size: [5, 9, 8, 13, 17], filter: 3, density: 0.06 },
  { title: 'few spikes, pad larger than filter', size: [2, 3, 4, 9, 3], filter: 2, pad: 3, density: 0.08 },
  { title: 'few spikes, stride 2', size: [2, 9, 8, 20, 17], filter: 3, stride: 2, pad: 1, density: 0.05 },
  { title: 'few spikes, 5×5', size: [2, 7, 9, 8, 64], filter: 5, pad: 2, density: 0.05 },
  { title: 'few spikes, more than a slab', size: [9, 14, 14, 5, 130], filter: 3, pad: 1, density: 0.05 },
  { title: 'few spikes, more than a task', size: [260, 5, 5, 8, 35], filter: 3, pad: 1, density: 0.05 },
  { title: 'few spikes, wide lines of channels', size: [1, 3, 3, 1300, 10], filter: 2, density: 0.02 },
  { title: 'few spikes, large image', size: [1, 66, 66, 3, 5], filter: 3, pad: 1, density: 0.05 },
  { title: 'few spikes, matrix, rows as images', size: [31, 1, 1, 2700, 40], filter: 1, density: 0.03 },
  { title: 'few spikes, matrix, rows as a line', size: [1, 1, 301, 530, 40], filter: 1, density: 0.03 },
  { title: 'no spike at one pixel', size: [1, 1, 1, 1, 1], filter: 1, density: 0 },
  { title: 'few spikes, one channel', size: [3, 9, 7, 1, 10], filter: 3, pad: 1, density: 0.08 },
  { title: 'few spikes, batch 1', size: [1, 14, 14, 32, 64], filter: 3, pad: 1, density: 0.05 },
  {
    title: 'few spikes, stride 2 down, 1 across',
    size: [2, 9, 7, 9, 12],
    filter: 3,
    stride: [2, 1],
    pad: 1,
    density: 0.06,
  },
  { title: 'few spikes, more outputs than a task', size: [2, 2, 3, 5, 1030], filter: 2, density: 0.1 },
  { title: 'more channels than a task', size: [1, 2, 2, 520, 70], filter: 3, pad: 1, density: 0.3 },
];

function shapeOf({ size, filter, stride = 1, pad = 0 }: Row): ConvolutionShape {
  const [batch, inputHeight, inputWidth, inputChannels, outputChannels] = size;
  const [down, across] = typeof stride === 'number' ? [stride, stride] : stride;
  const output = (length: number, step: number): number => Math.floor((length + 2 * pad - filter) / step) + 1;
  return {
    ...{ batch, inputHeight, inputWidth, inputChannels, outputChannels },
    ...{ outputHeight: output(inputHeight, down), outputWidth: output(inputWidth, across) },
    ...{ filterHeight: filter, filterWidth: filter, strideHeight: down, strideWidth: across },
    ...{ padTop: pad, padLeft: pad },
  };
}

const dimensionsOf = (shape: ConvolutionShape): Int32Array =>
  Int32Array.of(
    ...[shape.batch, shape.inputHeight, shape.inputWidth, shape.inputChannels],
    ...[shape.outputHeight, shape.outputWidth, shape.outputChannels],
    ...[shape.filterHeight, shape.filterWidth, shape.strideHeight, shape.strideWidth],
    ...[shape.padTop, shape.padLeft],
  );

function casesOf(row: Row, seed: number): KernelCase[] {
  const shape = shapeOf(row);
  const dimensions = dimensionsOf(shape);
  const data = random(seed);
  const sizeX = shape.batch * shape.inputHeight * shape.inputWidth * shape.inputChannels;
  const depth = shape.filterHeight * shape.filterWidth * shape.inputChannels;
  const pixels = shape.batch * shape.outputHeight * shape.outputWidth;
  const x = data.spikes(sizeX, row.density);
  const { bits } = packSpikes(x);
  const filter = data.uniform(depth * shape.outputChannels);
  const bias = data.uniform(shape.outputChannels);
  const dy = data.uniform(pixels * shape.outputChannels);
  const filterGradient = (addon: Parameters<KernelCase['run']>[0]): Float32Array => {
    const dFilter = unfilled(filter.length);
    addon.spikeConvolutionFilterGradient(dimensions, bits, dy, dFilter);
    return dFilter;
  };

  const tolerance = (terms: number): number => 1e-7 * (terms + 8);
  return [
    {
      title: `spike convolution ${row.title}`,
      run(addon) {
        const y = unfilled(dy.length);
        addon.spikeConvolutionForward(dimensions, bits, filter, null, y);
        const withBias = unfilled(dy.length);
        addon.spikeConvolutionForward(dimensions, bits, filter, bias, withBias);
        return [y, withBias];
      },
      expected: () => [convolutionForward(shape, x, filter), convolutionForward(shape, x, filter, bias)],
      tolerance: tolerance(depth),
    },
    {
      title: `spike convolution filter gradient ${row.title}`,
      run: (addon) => [filterGradient(addon)],
      expected: () => [convolutionFilterGradient(shape, x, dy)],
      tolerance: tolerance(pixels),
      gradient(addon) {
        const direction = data.uniform(filter.length);
        const loss = (point: Float64Array): number => dot(convolutionForward(shape, x, point), dy);
        const numeric = slopeAlong(loss, filter, direction, 0.5);
        return [{ of: 'filter', analytic: dot(filterGradient(addon), direction), numeric }];
      },
    },
  ];
}

/** A filter of 8-bit integers times one step, or one per output channel; the extremes stand next to each other. */
function gridCase(row: Row, perChannel: boolean, seed: number): KernelCase {
  const shape = shapeOf(row);
  const data = random(seed);
  const channels = shape.outputChannels;
  const depth = shape.filterHeight * shape.filterWidth * shape.inputChannels;
  const pixels = shape.batch * shape.outputHeight * shape.outputWidth;
  const x = data.spikes(
    shape.batch * shape.inputHeight * shape.inputWidth * shape.inputChannels,
    row.density,
  );
  const { bits } = packSpikes(x);
  const steps = data.uniform(perChannel ? channels : 1, 0.001, 0.01);
  const integers = data.uniform(depth * channels, -128, 128).map(Math.round);
  for (let i = 0; i < integers.length / 2; i += 1) integers[i] = i % 3 === 0 ? 127 : -128;
  const exact = Float64Array.from(integers, (z, i) => z * steps[perChannel ? i % channels : 0]!);
  const bias = data.uniform(channels);
  return {
    title: `spike convolution on ${perChannel ? 'grids of the channels' : 'a grid'} ${row.title}`,
    run(addon) {
      return [null, bias].map((given) => {
        const y = unfilled(pixels * channels);
        const filter = Float32Array.from(exact);
        addon.spikeConvolutionForwardGrid(dimensionsOf(shape), bits, filter, steps, given, y);
        return y;
      });
    },
    // The sums are exact in double; they are rounded once.
    expected() {
      const sums = convolutionForward(shape, x, exact);
      return [Float32Array.from(sums), Float32Array.from(sums, (sum, i) => sum + bias[i % channels]!)];
    },
    tolerance: 0,
  };
}

export const spikeProductCases: readonly KernelCase[] = rows.flatMap((row, index) =>
  casesOf(row, 800 + index),
);

export const spikeGridCases: readonly KernelCase[] = rows.flatMap((row, index) => [
  gridCase(row, false, 860 + index),
  gridCase(row, true, 890 + index),
]);
