import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { gradientConfigurations } from './register-gradients.ts';

interface Case {
  readonly kernel: string;
  readonly name: string;
  readonly shapes: number[][];
  readonly f: (inputs: tf.Tensor[]) => tf.Tensor;
  /** Range of the inputs; away from kinks and poles. */
  readonly range?: [number, number];
}

const unary = (kernel: string, f: (x: tf.Tensor) => tf.Tensor, range: [number, number] = [-1, 1]): Case => ({
  kernel,
  name: kernel,
  shapes: [[3, 4]],
  f: ([x]) => f(x!),
  range,
});

const binary = (kernel: string, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Case[] =>
  [
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    [[2, 3, 4], [4]],
    [
      [3, 1],
      [2, 3, 4],
    ],
    [[1], [5]],
  ].map((shapes) => ({
    kernel,
    name: `${kernel} ${JSON.stringify(shapes)}`,
    shapes,
    f: ([a, b]) => f(a!, b!),
    range: [0.5, 2],
  }));

const matMul = (transposeA: boolean, transposeB: boolean): Case => ({
  kernel: tf.BatchMatMul,
  name: `matMul, transposed: ${transposeA}, ${transposeB}`,
  shapes: [transposeA ? [4, 3] : [3, 4], transposeB ? [5, 4] : [4, 5]],
  f: ([a, b]) => tf.matMul(a!, b!, transposeA, transposeB),
});

const conv = (size: [number, number], kernel: number, stride: number): Case => ({
  kernel: tf.Conv2D,
  name: `conv2d ${size.join(' × ')}, kernel ${kernel}, stride ${stride}`,
  shapes: [
    [2, ...size, 3],
    [kernel, kernel, 3, 4],
  ],
  f: ([x, w]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same'),
});

const cases: Case[] = [
  ...binary(tf.Add, tf.add),
  ...binary(tf.Sub, tf.sub),
  ...binary(tf.Multiply, tf.mul),
  ...binary(tf.RealDiv, tf.div),
  unary(tf.Neg, tf.neg),
  unary(tf.Square, tf.square),
  unary(tf.Log, tf.log, [0.5, 2]),
  unary(tf.Abs, tf.abs, [0.2, 1]),
  { ...unary(tf.Abs, tf.abs, [-1, -0.2]), name: 'Abs below zero' },
  unary(tf.Relu, tf.relu, [0.2, 1]),
  { ...unary(tf.Relu, tf.relu, [-1, -0.2]), name: 'Relu below zero' },
  unary(tf.Exp, tf.exp),
  unary(tf.Sqrt, tf.sqrt, [0.5, 2]),
  unary(tf.Sigmoid, tf.sigmoid),
  unary(tf.Identity, tf.clone),
  { ...unary(tf.Cast, (x) => tf.cast(x, 'float32')), kernel: tf.Cast },
  unary(tf.Reshape, (x) => tf.reshape(x, [2, 6])),
  unary(tf.ExpandDims, (x) => tf.expandDims(x, 1)),
  { kernel: tf.Transpose, name: 'transpose', shapes: [[2, 3, 4]], f: ([x]) => tf.transpose(x!, [2, 0, 1]) },
  {
    kernel: tf.Concat,
    name: 'concat',
    shapes: [
      [2, 3],
      [2, 1],
      [2, 4],
    ],
    f: (xs) => tf.concat(xs, 1),
  },
  { kernel: tf.Slice, name: 'slice', shapes: [[3, 5]], f: ([x]) => tf.slice(x!, [1, 2], [2, 2]) },
  {
    kernel: tf.Slice,
    name: 'slice to the end',
    shapes: [[3, 5]],
    f: ([x]) => tf.slice(x!, [1, 2], [-1, -1]),
  },
  { kernel: tf.Slice, name: 'slice of the first axis', shapes: [[3, 5]], f: ([x]) => tf.slice(x!, 1, 1) },
  {
    kernel: tf.SplitV,
    name: 'split, all parts used',
    shapes: [[4, 3]],
    f: ([x]) => tf.mul(...(tf.split(x!, 2) as [tf.Tensor, tf.Tensor])),
  },
  {
    kernel: tf.SplitV,
    name: 'split, one part used',
    shapes: [[3, 4]],
    f: ([x]) => tf.split(x!, [1, 3], 1)[1]!,
  },
  { kernel: tf.Sum, name: 'sum of all', shapes: [[2, 3, 4]], f: ([x]) => tf.sum(x!) },
  { kernel: tf.Sum, name: 'sum over two axes', shapes: [[2, 3, 4]], f: ([x]) => tf.sum(x!, [0, 2]) },
  { kernel: tf.Sum, name: 'sum with kept axis', shapes: [[2, 3, 4]], f: ([x]) => tf.sum(x!, -1, true) },
  { kernel: tf.Mean, name: 'mean of all', shapes: [[2, 3, 4]], f: ([x]) => tf.mean(x!) },
  { kernel: tf.Mean, name: 'mean over time', shapes: [[4, 3, 2]], f: ([x]) => tf.mean(x!, 0) },
  { kernel: tf.LogSoftmax, name: 'logSoftmax', shapes: [[3, 5]], f: ([x]) => tf.logSoftmax(x!) },
  ...[false, true].flatMap((a) => [false, true].map((b) => matMul(a, b))),
  conv([5, 6], 3, 1),
  conv([5, 6], 3, 2),
  conv([6, 7], 2, 1),
  conv([4, 4], 1, 1),
  {
    kernel: tf.MaxPool,
    name: 'max pool, whole windows',
    shapes: [[2, 4, 6, 3]],
    f: ([x]) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
  },
  {
    kernel: tf.MaxPool,
    name: 'max pool, a rest',
    shapes: [[1, 7, 5, 2]],
    f: ([x]) => tf.maxPool(x as tf.Tensor4D, 3, 3, 'valid'),
  },
  {
    kernel: tf.AvgPool,
    name: 'average pool, a rest',
    shapes: [[2, 5, 4, 3]],
    f: ([x]) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
  },
];

test('every registered gradient has a case', () => {
  const tested = new Set(cases.map(({ kernel }) => kernel));
  expect(
    gradientConfigurations.map(({ kernelName }) => kernelName).filter((name) => !tested.has(name)),
  ).toEqual([]);
});

describeOnBackends('gradients', () => {
  describe.each(cases)('$name', ({ shapes, f, range = [-1, 1], kernel }) => {
    test('agrees with finite differences', () => {
      const host = shapes.map((shape, i) =>
        draws(
          shape.reduce((a, b) => a * b, 1),
          31 + i,
          ...range,
        ),
      );
      // Max pools have kinks where two inputs are near each other: spread them out.
      if (kernel === tf.MaxPool) host[0] = host[0]!.map((x, i) => x * 0.01 + ((i * 7919) % 101) * 0.05);
      const evaluate = (values: Float32Array[]) =>
        tf.tidy(() => {
          const y = f(values.map((v, i) => tf.tensor(v.slice(), shapes[i]!)));
          const weights = draws(y.size, 99);
          // Summed in double precision: only the operation itself is in floats.
          return Array.from(y.dataSync()).reduce((total, value, i) => total + value * weights[i]!, 0);
        });
      const gradients = tf.tidy(() => {
        const inputs = host.map((v, i) => tf.tensor(v.slice(), shapes[i]!));
        const dy = (y: tf.Tensor) => tf.tensor(draws(y.size, 99), y.shape);
        const grads = tf.grads((...xs: tf.Tensor[]) => f(xs))(inputs, dy(f(inputs)));
        expect(grads.map(({ shape }) => shape)).toEqual(shapes);
        return grads.map((g) => g.dataSync().slice());
      });
      const step = 2 ** -7;
      for (const [operand, values] of host.entries()) {
        const expected = values.map((value, i) => {
          const moved = (by: number) => {
            const other = values.slice();
            other[i] = value + by;
            return evaluate(host.map((v, j) => (j === operand ? other : v)));
          };
          // Fourth order, for a step that float precision can afford.
          return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step);
        });
        expect(gradients[operand]!).toBeCloseToArray(expected, { absolute: 3e-4, relative: 3e-4 });
      }
    });
  });

  test('of several largest values in a pool window the first in row-major order gets the gradient', () => {
    const gradient = tf.tidy(() => {
      const x = tf.tensor4d([0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0], [1, 4, 4, 1]);
      const pool = (t: tf.Tensor) => tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid');
      return Array.from(
        tf
          .grad(pool)(x, tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]))
          .dataSync(),
      );
    });
    // Rows: 0 1 | 1 1, 1 1 | 0 0, then 0 0 | 1 0, 0 0 | 1 0.
    expect(gradient).toEqual([0, 1, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0]);
  });
});
