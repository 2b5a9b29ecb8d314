// The kernels through TensorFlow.js's registry, with its attributes and shapes, against tfjs-cpu's kernels.
import type { NamedAttrMap, Tensor, TypedArray } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerNativeBackend } from '../src/index.ts';
import { random } from './cases/random.ts';

type Row = {
  title: string;
  kernel: string;
  inputs: { [name: string]: number[] };
  attributes?: NamedAttrMap;
  spikes?: boolean;
};

type Padding = 'same' | 'valid' | number | number[][];
const image = (strides: number | number[], pad: Padding, rest: NamedAttrMap = {}): NamedAttrMap => ({
  ...{ strides, pad, dataFormat: 'NHWC', dilations: [1, 1] },
  ...rest,
});
const explicit = [
  [0, 0],
  [1, 2],
  [0, 3],
  [0, 0],
];

function convolutionRows(
  title: string,
  x: number[],
  filter: number[],
  y: number[],
  attributes: NamedAttrMap,
): Row[] {
  return [
    { title, kernel: 'Conv2D', inputs: { x, filter }, attributes },
    {
      title,
      kernel: 'Conv2DBackpropInput',
      inputs: { dy: y, filter },
      attributes: { ...attributes, inputShape: x },
    },
    {
      title,
      kernel: 'Conv2DBackpropFilter',
      inputs: { x, dy: y },
      attributes: { ...attributes, filterShape: filter },
    },
    {
      title,
      kernel: 'FusedConv2D',
      inputs: { x, filter, bias: filter.slice(-1) },
      attributes: { ...attributes, activation: 'linear' },
    },
  ];
}

function poolRows(title: string, x: number[], y: number[], attributes: NamedAttrMap, spikes = false): Row[] {
  return [
    { title, kernel: 'MaxPool', inputs: { x }, attributes, spikes },
    { title, kernel: 'MaxPoolGrad', inputs: { dy: y, input: x, output: y }, attributes, spikes },
    { title, kernel: 'AvgPool', inputs: { x }, attributes },
    { title, kernel: 'AvgPoolGrad', inputs: { dy: y, input: x }, attributes },
  ];
}

const product = (a: number[], b: number[], transposeA = false, transposeB = false): Row => ({
  title: `[${a}]${transposeA ? 'ᵀ' : ''} · [${b}]${transposeB ? 'ᵀ' : ''}`,
  kernel: 'BatchMatMul',
  inputs: { a, b },
  attributes: { transposeA, transposeB },
});

const fused = (bias: number[], activation: string): Row => ({
  title: `bias [${bias}], ${activation}`,
  kernel: '_FusedMatMul',
  inputs: { a: [5, 7], b: [7, 3], bias },
  attributes: { transposeA: false, transposeB: false, activation },
});

const binary = (a: number[], b: number[]): Row[] =>
  ['Add', 'Sub', 'Multiply'].map((kernel) => ({ title: `[${a}], [${b}]`, kernel, inputs: { a, b } }));

const sum = (x: number[], axis: number | number[], keepDims = false): Row => ({
  title: `[${x}] over ${axis}${keepDims ? ', kept' : ''}`,
  kernel: 'Sum',
  inputs: { x },
  attributes: { axis, keepDims },
});

const tile = (x: number[], reps: number[]): Row => ({
  title: `[${x}] by [${reps}]`,
  kernel: 'Tile',
  inputs: { x },
  attributes: { reps },
});

const rows: Row[] = [
  ...convolutionRows('same', [2, 7, 6, 3], [3, 3, 3, 5], [2, 7, 6, 5], image(1, 'same')),
  ...convolutionRows('valid, stride 2', [2, 9, 8, 3], [3, 2, 3, 4], [2, 4, 4, 4], image([2, 2], 'valid')),
  ...convolutionRows('same, stride 2×3', [1, 8, 10, 2], [3, 3, 2, 4], [1, 4, 4, 4], image([2, 3], 'same')),
  ...convolutionRows('pad 2', [1, 5, 5, 2], [3, 3, 2, 4], [1, 7, 7, 4], image(1, 2)),
  ...convolutionRows('explicit pad', [1, 5, 6, 2], [3, 3, 2, 4], [1, 6, 7, 4], image(1, explicit)),
  {
    title: 'dilated: tfjs-cpu',
    kernel: 'Conv2D',
    inputs: { x: [1, 7, 7, 2], filter: [3, 3, 2, 4] },
    attributes: image(1, 'same', { dilations: [2, 2] }),
  },
  {
    title: 'NCHW: tfjs-cpu',
    kernel: 'Conv2D',
    inputs: { x: [1, 3, 7, 7], filter: [3, 3, 3, 4] },
    attributes: image(1, 'valid', { dataFormat: 'NCHW' }),
  },
  {
    title: 'relu: tfjs-cpu',
    kernel: 'FusedConv2D',
    inputs: { x: [1, 7, 7, 2], filter: [3, 3, 2, 4], bias: [4] },
    attributes: image(1, 'same', { activation: 'relu' }),
  },
  ...poolRows('2×2', [2, 6, 6, 5], [2, 3, 3, 5], { filterSize: 2, strides: 2, pad: 'valid' }),
  ...poolRows('ties', [2, 7, 7, 5], [2, 4, 4, 5], { filterSize: 2, strides: 2, pad: 'same' }, true),
  ...poolRows(
    'overlapping',
    [2, 7, 7, 5],
    [2, 7, 4, 5],
    { filterSize: 3, strides: [1, 2], pad: 'same' },
    true,
  ),
  ...poolRows('pad 1', [2, 6, 7, 3], [2, 3, 4, 3], { filterSize: [3, 3], strides: 2, pad: 1 }),
  ...poolRows('1×1', [2, 3, 3, 3], [2, 3, 3, 3], { filterSize: 1, strides: 1, pad: 'valid' }),
  product([5, 7], [7, 10]),
  product([7, 5], [10, 7], true, true),
  product([3, 5, 4], [3, 6, 4], false, true),
  product([1, 5, 4], [3, 4, 6]),
  product([2, 3, 5, 4], [1, 1, 4, 6]),
  product([2, 1, 5, 4], [1, 3, 4, 6]),
  fused([3], 'linear'),
  fused([1, 3], 'linear'),
  fused([3], 'relu'),
  fused([1], 'linear'),
  ...binary([4, 5], [4, 5]),
  ...binary([2, 3, 4, 5], [5]),
  ...binary([5], [3, 5]),
  ...binary([3, 5], []),
  ...binary([], [3, 5]),
  ...binary([4, 3, 5], [1, 3, 5]),
  ...binary([3, 1], [1, 4]),
  ...binary([3, 4], [3, 1]),
  ...binary([3, 1], [3, 4]),
  ...binary([1, 4], [4]),
  ...binary([0, 4], [4]),
  sum([3, 4, 5], [0, 1, 2]),
  sum([3, 4, 5], [0, 1]),
  sum([3, 4, 5], -1, true),
  sum([3, 4, 5, 2], [0, 2]),
  sum([3, 4, 5, 2], [3, 1], true),
  sum([7], 0),
  { ...sum([3, 4, 5], [0, 1, 2]), kernel: 'Mean' },
  { ...sum([3, 4, 5], 0), kernel: 'Mean' },
  { ...sum([3, 4, 5], [2, 0], true), kernel: 'Mean' },
  sum([0, 3], 0),
  tile([3, 1, 5], [1, 4, 1]),
  tile([3, 4, 5], [2, 3, 2]),
  tile([7], [3]),
  tile([1, 1], [2, 6]),
  tile([2, 3], [1, 1]),
  tile([2, 3], [2, 0]),
];

async function evaluate(backend: string, row: Row): Promise<{ values: TypedArray; shape: number[] }> {
  await tf.setBackend(backend);
  const data = random(42);
  return tf.tidy(() => {
    const inputs: { [name: string]: Tensor } = {};
    for (const [name, shape] of Object.entries(row.inputs)) {
      const size = shape.reduce((a, b) => a * b, 1);
      inputs[name] = tf.tensor(row.spikes ? data.spikes(size, 0.4) : data.uniform(size), shape, 'float32');
    }
    const output = tf.engine().runKernel<Tensor>(row.kernel, inputs, row.attributes ?? {});
    return { values: output.dataSync(), shape: output.shape };
  });
}

describe('native and tfjs-cpu agree', () => {
  beforeAll(() => {
    registerNativeBackend({ threads: 2 });
  });

  for (const row of rows) {
    it(`${row.kernel} ${row.title}`, async () => {
      const [native, cpu] = [await evaluate('native', row), await evaluate('cpu', row)];
      expect(native.shape).toEqual(cpu.shape);
      expect(native.values.length).toBe(cpu.values.length);
      const differences = Array.from(native.values, (value, i) => Math.abs(value - cpu.values[i]!));
      expect(differences.filter((difference) => !(difference < 2e-6))).toEqual([]);
    });
  }
});
