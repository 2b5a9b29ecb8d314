import { averagePoolForward, averagePoolGradient, type PoolShape } from '../../src/reference/index.ts';
import { dot, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = {
  title: string;
  size: readonly [batch: number, height: number, width: number, channels: number];
  filter: readonly [number, number];
  stride: readonly [number, number];
  output: readonly [height: number, width: number];
  spikes?: boolean;
};

const rows: readonly Row[] = [
  { title: '2×2', size: [2, 6, 8, 9], filter: [2, 2], stride: [2, 2], output: [3, 4] },
  { title: '2×2 spikes', size: [2, 6, 8, 32], filter: [2, 2], stride: [2, 2], output: [3, 4], spikes: true },
  { title: 'odd sizes', size: [3, 7, 5, 3], filter: [2, 2], stride: [2, 2], output: [3, 2] },
  { title: 'overlapping', size: [2, 7, 6, 17], filter: [3, 2], stride: [2, 1], output: [3, 5] },
  { title: 'with gaps', size: [2, 7, 8, 5], filter: [2, 1], stride: [3, 2], output: [2, 4] },
  { title: 'one channel', size: [1, 5, 5, 1], filter: [3, 3], stride: [1, 1], output: [3, 3] },
  { title: '1×1', size: [1, 3, 3, 4], filter: [1, 1], stride: [1, 1], output: [3, 3] },
  { title: 'the whole image', size: [2, 4, 5, 7], filter: [4, 5], stride: [4, 5], output: [1, 1] },
  { title: 'many images', size: [9, 20, 20, 24], filter: [2, 2], stride: [2, 2], output: [10, 10] },
];

function casesOf(row: Row, seed: number): KernelCase[] {
  const [batch, inputHeight, inputWidth, channels] = row.size;
  const shape: PoolShape = {
    ...{ batch, inputHeight, inputWidth, channels, padTop: 0, padLeft: 0 },
    ...{ outputHeight: row.output[0], outputWidth: row.output[1] },
    ...{ filterHeight: row.filter[0], filterWidth: row.filter[1] },
    ...{ strideHeight: row.stride[0], strideWidth: row.stride[1] },
  };
  const dimensions = Int32Array.of(...row.size, ...row.output, ...row.filter, ...row.stride, 0, 0);
  const length = batch * inputHeight * inputWidth * channels;
  const x = row.spikes ? random(seed).spikes(length, 0.3) : random(seed).uniform(length);
  const dy = random(seed + 50).uniform(batch * row.output[0] * row.output[1] * channels);
  const direction = random(seed + 70).uniform(length);
  const gradientOf = (addon: Parameters<KernelCase['run']>[0]): Float32Array => {
    const dx = unfilled(length);
    addon.averagePoolGradient(dimensions, dy, dx);
    return dx;
  };
  return [
    {
      title: `average pool ${row.title}`,
      run(addon) {
        const y = unfilled(dy.length);
        addon.averagePoolForward(dimensions, x, y);
        return [y];
      },
      expected: () => [averagePoolForward(shape, x)],
      // Sums in float32; those of spikes are exact.
      tolerance: row.spikes ? 0 : 1e-6,
    },
    {
      title: `average pool gradient ${row.title}`,
      run: (addon) => [gradientOf(addon)],
      expected: () => [averagePoolGradient(shape, dy)],
      tolerance: 1e-6,
      gradient: (addon) => [
        {
          of: 'x',
          analytic: dot(gradientOf(addon), direction),
          numeric: slopeAlong((point) => dot(averagePoolForward(shape, point), dy), x, direction),
        },
      ],
    },
  ];
}

export const averagePoolCases: readonly KernelCase[] = rows.flatMap((row, index) =>
  casesOf(row, 900 + index),
);
