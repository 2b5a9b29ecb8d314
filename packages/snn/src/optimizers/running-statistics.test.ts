import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { moveStatistics, namedStatistics, unbiasedStatistics } from './running-statistics.ts';

const channels = 33;
const f = Math.fround;

describeOnBackends('running statistics', () => {
  test('move by the momentum towards the batch, whose variance is made unbiased, in float32', () => {
    const [oldMean, oldVariance] = [draws(channels, 1), draws(channels, 2, 0.1, 2)];
    const [mean, variance] = [draws(channels, 3), draws(channels, 4, 0.1, 2)];
    const before = tf.memory().numTensors;
    const statistics = namedStatistics({
      '1.bn': { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance), correction: 12 / 11 },
    });
    const parameters: Record<string, tf.Tensor> = {
      '1.bn/mean': tf.tensor1d(oldMean),
      '1.bn/variance': tf.tensor1d(oldVariance),
      '0.conv/weights': tf.scalar(7),
    };
    tf.tidy(() => moveStatistics(parameters, statistics, 0.1));
    expect(tf.memory().numTensors).toBe(before + 5);
    const moved = (old: number, value: number) => f(f(f(old) * f(0.9)) + f(value * f(0.1)));
    expect(parameters['1.bn/mean']!.dataSync()).toBeBitIdenticalTo(
      Float32Array.from(oldMean, (old, i) => moved(old, f(mean[i]!))),
    );
    expect(parameters['1.bn/variance']!.dataSync()).toBeBitIdenticalTo(
      Float32Array.from(oldVariance, (old, i) => moved(old, f(f(variance[i]!) * f(12 / 11)))),
    );
    expect(parameters['0.conv/weights']!.dataSync()[0]).toBe(7);
    const unbiased = unbiasedStatistics(statistics);
    expect(unbiased['1.bn/variance']!.dataSync()).toBeBitIdenticalTo(
      Float32Array.from(variance, (value) => f(f(value) * f(12 / 11))),
    );
    tf.dispose([parameters, { ...statistics.tensors }, unbiased]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
