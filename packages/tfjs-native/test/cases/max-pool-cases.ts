import { maxPoolForward, maxPoolGradient, type PoolShape } from '../../src/reference/index.ts';
import { type KernelCase, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = {
  title: string;
  size: readonly [batch: number, height: number, width: number, channels: number];
  filter: readonly [number, number];
  stride: readonly [number, number];
  pad?: readonly [top: number, left: number];
  output: readonly [height: number, width: number];
  values?: 'spikes' | 'no spikes' | 'all spikes' | 'not a number';
};

const rows: readonly Row[] = [
  { title: '2×2', size: [2, 6, 8, 9], filter: [2, 2], stride: [2, 2], output: [3, 4] },
  {
    title: '2×2 spikes',
    size: [2, 6, 8, 32],
    filter: [2, 2],
    stride: [2, 2],
    output: [3, 4],
    values: 'spikes',
  },
  {
    title: '2×2 no spikes',
    size: [1, 4, 4, 5],
    filter: [2, 2],
    stride: [2, 2],
    output: [2, 2],
    values: 'no spikes',
  },
  {
    title: '2×2 all spikes',
    size: [1, 4, 4, 5],
    filter: [2, 2],
    stride: [2, 2],
    output: [2, 2],
    values: 'all spikes',
  },
  { title: 'odd sizes, valid', size: [3, 7, 5, 3], filter: [2, 2], stride: [2, 2], output: [3, 2] },
  {
    title: 'overlapping 3×3, padded',
    size: [2, 7, 6, 17],
    filter: [3, 3],
    stride: [2, 1],
    pad: [1, 1],
    output: [4, 6],
  },
  {
    title: 'one channel',
    size: [1, 5, 5, 1],
    filter: [3, 2],
    stride: [1, 1],
    output: [3, 4],
    values: 'spikes',
  },
  { title: '1×1', size: [1, 3, 3, 4], filter: [1, 1], stride: [1, 1], output: [3, 3] },
  {
    title: 'with NaN',
    size: [1, 4, 4, 8],
    filter: [2, 2],
    stride: [2, 2],
    output: [2, 2],
    values: 'not a number',
  },
  { title: 'many images', size: [9, 20, 20, 24], filter: [2, 2], stride: [2, 2], output: [10, 10] },
];

function valuesOf(row: Row, length: number, seed: number): Float32Array {
  const data = random(seed);
  switch (row.values) {
    case 'spikes':
      return data.spikes(length, 0.3);
    case 'no spikes':
      return new Float32Array(length);
    case 'all spikes':
      return new Float32Array(length).fill(1);
    case 'not a number':
      // Channel 0 is all NaN: its windows have no maximum.
      return data.uniform(length).map((value, i) => (i % 8 === 0 || i % 11 === 0 ? Number.NaN : value));
    default:
      return data.uniform(length);
  }
}

function casesOf(row: Row, seed: number): KernelCase[] {
  const [batch, inputHeight, inputWidth, channels] = row.size;
  const [padTop, padLeft] = row.pad ?? [0, 0];
  const shape: PoolShape = {
    ...{ batch, inputHeight, inputWidth, channels, padTop, padLeft },
    ...{ outputHeight: row.output[0], outputWidth: row.output[1] },
    ...{ filterHeight: row.filter[0], filterWidth: row.filter[1] },
    ...{ strideHeight: row.stride[0], strideWidth: row.stride[1] },
  };
  const dimensions = Int32Array.of(...row.size, ...row.output, ...row.filter, ...row.stride, padTop, padLeft);
  const x = valuesOf(row, batch * inputHeight * inputWidth * channels, seed);
  const dy = random(seed + 50).uniform(batch * row.output[0] * row.output[1] * channels);
  return [
    {
      title: `max pool ${row.title}`,
      run(addon) {
        const y = unfilled(dy.length);
        addon.maxPoolForward(dimensions, x, y);
        return [y];
      },
      expected: () => [maxPoolForward(shape, x)],
      tolerance: 0,
    },
    {
      title: `max pool gradient ${row.title}`,
      run(addon) {
        const dx = unfilled(x.length);
        addon.maxPoolGradient(dimensions, x, dy, dx);
        return [dx];
      },
      expected: () => [maxPoolGradient(shape, x, dy)],
      // Windows that overlap are summed in float32.
      tolerance: 1e-6,
    },
  ];
}

export const maxPoolCases: readonly KernelCase[] = rows.flatMap((row, index) => casesOf(row, 500 + index));
