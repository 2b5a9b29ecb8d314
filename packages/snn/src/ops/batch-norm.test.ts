import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { finiteDifferences } from '../../test/support/finite-differences.ts';
import { batchNormTrain } from './batch-norm.ts';

const epsilon = 1e-5;
const shapes: [string, number[]][] = [
  ['images', [3, 4, 5, 7]],
  ['vectors', [9, 19]],
  ['one channel', [4, 3, 3, 1]],
];

/** Plain loops in double precision. */
function reference(x: ArrayLike<number>, gamma: ArrayLike<number>, beta: ArrayLike<number>) {
  const channels = gamma.length;
  const rows = x.length / channels;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0; i < x.length; i += 1) mean[i % channels]! += x[i]! / rows;
  for (let i = 0; i < x.length; i += 1) variance[i % channels]! += (x[i]! - mean[i % channels]!) ** 2 / rows;
  const y = Float64Array.from({ length: x.length }, (_, i) => {
    const c = i % channels;
    return ((x[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * gamma[c]! + beta[c]!;
  });
  return { y, mean, variance };
}

describeOnBackends('batchNormTrain', () => {
  test.each(shapes)('%s: values, statistics and gradients', (_, shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const channels = shape.at(-1)!;
    const x = draws(size, 1, -0.5, 2);
    const gamma = draws(channels, 2, 0.5, 1.5);
    const beta = draws(channels, 3);
    const dy = draws(size, 4);
    const expected = reference(x, gamma, beta);

    const got = tf.tidy(() => {
      const inputs = [tf.tensor(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta)];
      const statistics: number[][] = [];
      const { value, grads } = tf.valueAndGrads((a, g, b) => {
        const result = batchNormTrain(a!, g as tf.Tensor1D, b as tf.Tensor1D, epsilon);
        statistics.push([...result.mean.dataSync()], [...result.variance.dataSync()]);
        return result.y;
      })(inputs, tf.tensor(dy, shape));
      return { y: value.dataSync().slice(), statistics, gradients: grads.map((g) => g.dataSync().slice()) };
    });
    expect(got.y).toBeCloseToArray(expected.y, { absolute: 2e-6, relative: 1e-5 });
    expect(got.statistics[0]!).toBeCloseToArray(expected.mean, { absolute: 1e-6 });
    expect(got.statistics[1]!).toBeCloseToArray(expected.variance, { absolute: 1e-6 });

    const weighted = (y: Float64Array) => y.reduce((total, value, i) => total + value * dy[i]!, 0);
    const byX = finiteDifferences((v) => weighted(reference(v, gamma, beta).y), x);
    const byGamma = finiteDifferences((v) => weighted(reference(x, v, beta).y), gamma);
    const byBeta = finiteDifferences((v) => weighted(reference(x, gamma, v).y), beta);
    expect(got.gradients[0]!).toBeCloseToArray(byX, { absolute: 2e-5, relative: 1e-4 });
    expect(got.gradients[1]!).toBeCloseToArray(byGamma, { absolute: 2e-5, relative: 1e-4 });
    expect(got.gradients[2]!).toBeCloseToArray(byBeta, { absolute: 2e-5, relative: 1e-4 });
  });

  test('statistics belong to the scope of the caller, with and without a tape', () => {
    const [x, gamma, beta] = [tf.tensor2d([[1], [3]]), tf.tensor1d([1]), tf.tensor1d([0])];
    const before = tf.memory().numTensors;
    const { y, mean, variance } = batchNormTrain(x, gamma, beta, epsilon);
    expect(mean.dataSync()[0]).toBe(2);
    expect(variance.dataSync()[0]).toBe(1);
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose([y, mean, variance]);
    tf.grad((g: tf.Tensor) => batchNormTrain(x, g as tf.Tensor1D, beta, epsilon).y)(gamma).dispose();
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, gamma, beta]);
  });
});
