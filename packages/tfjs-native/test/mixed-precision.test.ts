import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerNativeBackend } from '../src/index.ts';
import {
  allToBfloat16,
  matrixProduct,
  toBfloat16,
  winogradInputGradientBfloat16,
} from '../src/reference/index.ts';
import { random } from './cases/random.ts';

const size = { batch: 1, rows: 9, columns: 21, depth: 33, repeatA: false, repeatB: false };
const a = random(1).uniform(9 * 33);
const b = random(2).uniform(33 * 21);

const product = (attributes: tf.NamedAttrMap): Float32Array =>
  tf.tidy(() => {
    const inputs = { a: tf.tensor2d(a, [9, 33]), b: tf.tensor2d(b, [33, 21]) };
    const c = tf
      .engine()
      .runKernel('BatchMatMul', inputs, { transposeA: false, transposeB: false, ...attributes });
    return (c as tf.Tensor).dataSync<'float32'>();
  });
const shape = { ...size, transposeA: false, transposeB: false };
const exact = matrixProduct(shape, a, b);
const rounded = matrixProduct(shape, allToBfloat16(a), allToBfloat16(b));
const distance = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Math.max(...Array.from(x, (value, i) => Math.abs(value - y[i]!)));

describe('bfloat16', () => {
  it.each([
    [1, 1],
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -23, 1 + 2 ** -7],
    [-(1 + 2 ** -8), -1],
    [3.4028234663852886e38, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.NaN, Number.NaN],
    [0, 0],
  ])('%d becomes %d, in the reference and in the kernel', (value, expected) => {
    expect(toBfloat16(value)).toBe(expected);
    registerNativeBackend({ threads: 1, precision: 'mixed' });
    const inputs = { a: tf.tensor2d([value], [1, 1]), b: tf.tensor2d([1], [1, 1]) };
    const attributes = { transposeA: false, transposeB: false, inputGradient: true };
    const result = tf.engine().runKernel('BatchMatMul', inputs, attributes) as tf.Tensor;
    expect(result.dataSync()[0]).toBe(expected);
    tf.dispose([...Object.values(inputs), result]);
  });
  beforeAll(async () => {
    registerNativeBackend({ threads: 2 });
    await tf.setBackend('native');
  });
});

describe('precision', () => {
  beforeAll(async () => {
    registerNativeBackend({ threads: 2, precision: 'mixed' });
    await tf.setBackend('native');
  });
  afterAll(() => {
    registerNativeBackend({ threads: 2 });
  });

  it('mixed: a product for an input gradient is rounded, every other one is not', () => {
    expect(distance(exact, rounded)).toBeGreaterThan(1e-3);
    expect(distance(product({ inputGradient: true }), rounded)).toBeLessThan(1e-5);
    expect(distance(product({}), exact)).toBeLessThan(1e-5);
  });

  it('mixed: the input gradient of a convolution is rounded, forward and filter gradient are not', () => {
    const [images, filter] = [random(3).uniform(2 * 6 * 6 * 16), random(4).uniform(9 * 16 * 16)];
    const common = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
    const run = (kernel: string, inputs: tf.NamedTensorMap, attributes: object): Float32Array =>
      (
        tf.engine().runKernel(kernel, inputs, { ...common, ...attributes } as tf.NamedAttrMap) as tf.Tensor
      ).dataSync<'float32'>();
    const all = (): Float32Array[] =>
      tf.tidy(() => {
        const [x, w] = [tf.tensor4d(images, [2, 6, 6, 16]), tf.tensor4d(filter, [3, 3, 16, 16])];
        return [
          run('Conv2D', { x, filter: w }, { dilations: 1 }),
          run('Conv2DBackpropFilter', { x, dy: x }, { filterShape: [3, 3, 16, 16] }),
          run('Conv2DBackpropInput', { dy: x, filter: w }, { inputShape: [2, 6, 6, 16] }),
        ];
      });
    const mixed = all();
    registerNativeBackend({ threads: 2, precision: 'fp32' });
    const single = all();
    registerNativeBackend({ threads: 2, precision: 'mixed' });
    expect(mixed[0]).toEqual(single[0]);
    expect(mixed[1]).toEqual(single[1]);
    const one = {
      ...{ batch: 2, inputHeight: 6, inputWidth: 6, inputChannels: 16, outputHeight: 6, outputWidth: 6 },
      ...{ outputChannels: 16, filterHeight: 3, filterWidth: 3, strideHeight: 1, strideWidth: 1 },
      ...{ padTop: 1, padLeft: 1 },
    };
    expect(distance(mixed[2]!, winogradInputGradientBfloat16(one, images, filter))).toBeLessThan(3e-5);
    expect(distance(mixed[2]!, single[2]!)).toBeGreaterThan(1e-3);
  });

  it('fp32 can be chosen again', () => {
    expect(registerNativeBackend({ threads: 2 }).precision).toBe('fp32');
    expect(distance(product({ inputGradient: true }), exact)).toBeLessThan(1e-5);
  });
});
