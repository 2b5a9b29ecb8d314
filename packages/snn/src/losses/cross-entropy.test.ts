import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { finiteDifferences } from '../../test/support/finite-differences.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { crossEntropy, crossEntropySum } from './cross-entropy.ts';

const classes = 5;
const labels = [4, 0, 2];

const reference = (logits: ArrayLike<number>): number =>
  labels.reduce((total, label, b) => {
    const row = Array.from({ length: classes }, (_, k) => logits[b * classes + k]!);
    const largest = Math.max(...row);
    const logSum = largest + Math.log(row.reduce((sum, z) => sum + Math.exp(z - largest), 0));
    return total + logSum - row[label]!;
  }, 0);

describeOnBackends('cross entropy', () => {
  const values = draws(labels.length * classes, 1, -3, 3);

  test('sum and mean, with their gradients', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(values, [labels.length, classes]);
      const target = tf.tensor1d(labels, 'int32');
      const total = valueAndGradients({ logits }, () => ({ loss: crossEntropySum(logits, target, classes) }));
      const mean = valueAndGradients({ logits }, () => ({ loss: crossEntropy(logits, target, classes) }));
      const expected = finiteDifferences(reference, values);
      expect(total.loss).toBeCloseToArray([reference(values)], { absolute: 1e-5 });
      expect(mean.loss).toBeCloseToArray([reference(values) / 3], { absolute: 1e-5 });
      expect(total.gradients.logits!).toBeCloseToArray(expected, { absolute: 2e-6 });
      expect(mean.gradients.logits!).toBeCloseToArray(
        expected.map((g) => g / 3),
        { absolute: 2e-6 },
      );
    });
  });

  test('scales the gradient, and counts no label that is no class', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d(values, [labels.length, classes]);
      const gradientFor = (target: number[], factor: number) =>
        valueAndGradients({ logits }, () => ({
          loss: tf.mul(crossEntropySum(logits, tf.tensor1d(target, 'int32'), classes), factor),
        })).gradients.logits!;
      const once = gradientFor(labels, 1).dataSync();
      expect(gradientFor(labels, 3)).toBeCloseToArray(
        Array.from(once, (g) => 3 * g),
        { absolute: 2e-6 },
      );
      const without = Array.from(once, (g, i) => (i < classes ? 0 : g));
      expect(gradientFor([classes, ...labels.slice(1)], 1)).toBeCloseToArray(without, { absolute: 2e-7 });
    });
  });

  test('stays finite for logits that overflow an exponential', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([[200, -200, 0, 0, 0]]);
      const loss = crossEntropySum(logits, tf.tensor1d([1], 'int32'), classes);
      expect(loss.dataSync()[0]).toBeCloseTo(400, 3);
    });
  });
});
