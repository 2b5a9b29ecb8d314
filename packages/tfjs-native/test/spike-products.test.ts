/** Products of a tensor that is kept as bits, through TensorFlow.js, against those of the same values as floats. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type NativeBackend, registerNativeBackend } from '../src/index.ts';
import { packSpikes } from '../src/reference/index.ts';
import { random } from './cases/random.ts';

const backend = (): NativeBackend => tf.backend() as NativeBackend;

beforeAll(async () => {
  registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
});

function makeSpikes(values: Float32Array, shape: number[]): tf.Tensor {
  const { info, bits } = backend().makeSpikes(shape);
  bits.set(packSpikes(values).bits);
  return tf.engine().makeTensorFromTensorInfo(info);
}

const uniform = (seed: number, shape: number[]): tf.Tensor =>
  tf.tensor(random(seed).uniform(tf.util.sizeFromShape(shape)), shape);

/** Runs it on the bits and on the floats; gives the largest difference. */
function difference(shape: number[], run: (x: tf.Tensor) => tf.Tensor): number {
  return tf.tidy(() => {
    const values = random(7).spikes(tf.util.sizeFromShape(shape), 0.3);
    const fromBits = run(makeSpikes(values, shape));
    return tf.max(tf.abs(tf.sub(fromBits, run(tf.tensor(values, shape))))).dataSync()[0]!;
  });
}

type Pad = 'same' | 'valid';
type Row = [title: string, x: number[], filter: number[], y: number[], stride: number, pad: Pad];
const convolutions: Row[] = [
  ['same', [3, 9, 8, 12], [3, 3, 12, 20], [3, 9, 8, 20], 1, 'same'],
  ['valid, stride 2, 5 channels', [2, 9, 8, 5], [3, 2, 5, 7], [2, 4, 4, 7], 2, 'valid'],
];

describe('spikes as the input of', () => {
  it.each(convolutions)(
    'a convolution and its filter gradient, %s',
    (_, shape, filterShape, yShape, strides, pad) => {
      const forward = (x: tf.Tensor): tf.Tensor =>
        tf.conv2d(x as tf.Tensor4D, uniform(1, filterShape) as tf.Tensor4D, strides, pad);
      expect(difference(shape, forward)).toBeLessThan(2e-5);
      const attributes = { strides, pad, dataFormat: 'NHWC', filterShape };
      const gradient = (x: tf.Tensor): tf.Tensor =>
        tf.engine().runKernel('Conv2DBackpropFilter', { x, dy: uniform(2, yShape) }, attributes);
      expect(difference(shape, gradient)).toBeLessThan(2e-5);
    },
  );

  it('a convolution with a bias', () => {
    const fused = (x: tf.Tensor): tf.Tensor =>
      tf.fused.conv2d({
        ...{ x: x as tf.Tensor4D, filter: uniform(1, [3, 3, 12, 20]) as tf.Tensor4D, bias: uniform(2, [20]) },
        ...{ strides: 1, pad: 'same' as const },
      });
    expect(difference([3, 9, 8, 12], fused)).toBeLessThan(2e-5);
  });

  it('matrix products, transposed or not', () => {
    expect(difference([21, 45], (x) => tf.matMul(x, uniform(1, [45, 33])))).toBeLessThan(2e-5);
    expect(difference([21, 45], (x) => tf.matMul(x, uniform(1, [21, 33]), true))).toBeLessThan(2e-5);
    expect(difference([21, 45], (x) => tf.matMul(x, uniform(1, [33, 45]), false, true))).toBeLessThan(2e-5);
    expect(difference([2, 21, 45], (x) => tf.matMul(x, uniform(1, [1, 45, 33])))).toBeLessThan(2e-5);
    expect(difference([2, 21, 45], (x) => tf.matMul(x, uniform(1, [2, 21, 33]), true))).toBeLessThan(2e-5);
    expect(difference([21, 45], (x) => tf.matMul(uniform(1, [33, 21]), x))).toBeLessThan(2e-5);
  });

  it('matrix products with a bias', () => {
    const product = (x: tf.Tensor, transposeA: boolean): tf.Tensor =>
      tf.fused.matMul({ a: x, b: uniform(1, [36, 33]), bias: uniform(2, [33]), transposeA });
    expect(difference([21, 36], (x) => product(x, false))).toBeLessThan(2e-5);
    expect(difference([36, 21], (x) => product(x, true))).toBeLessThan(2e-5);
  });

  it('products that need no floats of them', () => {
    tf.tidy(() => {
      const x = makeSpikes(random(7).spikes(8 * 14 * 14 * 32, 0.2), [8, 14, 14, 32]) as tf.Tensor4D;
      const held = backend().pool.heldArrays;
      const y = tf.conv2d(x, uniform(1, [3, 3, 32, 64]) as tf.Tensor4D, 1, 'same');
      tf.matMul(tf.reshape(x, [8, -1]), uniform(2, [8, 16]), true);
      // y, the filter, and what the matrix product gives.
      expect(backend().pool.heldArrays - held).toBeLessThanOrEqual(3);
      expect(y.shape).toEqual([8, 14, 14, 64]);
    });
  });
});

describe('weights on a grid', () => {
  /** Quantised weights of three levels, Δ = 1/64 times −100, 3 and 127, or steps of their own for two columns. */
  function quantised(shape: number[], steps: number[]): tf.Tensor {
    const levels = [-100, 3, 127].flatMap((code) => steps.map((step) => code * step));
    const midpoints = [-0.3, 0.3].flatMap((midpoint) => steps.map(() => midpoint));
    return tf.engine().runKernel<tf.Tensor>('SpikefitCodebookForward', {
      weights: uniform(3, shape),
      levels: tf.tensor2d(levels, [3, steps.length]),
      midpoints: tf.tensor2d(midpoints, [2, steps.length]),
      steps: tf.tensor1d(steps),
    });
  }

  it.each([[[1 / 64]], [[0.01, 0.02]]])('have exact products, steps %j', (steps) => {
    tf.tidy(() => {
      const [weights, values] = [quantised([45, 2], steps), random(7).spikes(21 * 45, 0.4)];
      const product = tf
        .matMul(makeSpikes(values, [21, 45]) as tf.Tensor2D, weights as tf.Tensor2D)
        .dataSync();
      const codes = [...weights.dataSync()].map((w, i) => Math.round(w / steps[(i % 2) % steps.length]!));
      const exact = Float32Array.from({ length: 42 }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < 45; k += 1)
          sum += values[Math.floor(at / 2) * 45 + k]! * codes[k * 2 + (at % 2)]!;
        return sum * Math.fround(steps[(at % 2) % steps.length]!);
      });
      expect(product).toEqual(exact);
      expect(new Set(exact).size).toBeGreaterThan(10);
    });
  });

  it('stay so in a slice, if they have one step', () => {
    tf.tidy(() => {
      const weights = quantised([90], [0.01]);
      const part = tf.slice(weights, 45, 30);
      expect(part.dataSync()).toEqual(weights.dataSync().slice(45, 75));
      expect(backend().gridSteps(tf.reshape(part, [15, 2]))).toEqual(Float32Array.of(0.01));
      const columns = tf.slice(quantised([45, 2], [0.01, 0.02]), [3, 0], [4, 2]);
      expect(backend().gridSteps(columns)).toBeUndefined();
    });
  });

  it('are known as such through a reshape, and nothing that is computed from them is', () => {
    tf.tidy(() => {
      const weights = quantised([3, 3, 5, 2], [0.01, 0.02]);
      const known = (tensor: tf.Tensor) => backend().gridSteps(tensor);
      expect(known(tf.reshape(weights, [45, 2]))).toEqual(Float32Array.of(0.01, 0.02));
      expect(known(tf.reshape(weights, [90]))).toBeUndefined();
      expect(known(tf.add(weights, 1))).toBeUndefined();
      expect(known(uniform(3, [3, 3, 5, 2]))).toBeUndefined();
    });
  });
});
