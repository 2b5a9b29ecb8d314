import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { finiteDifferences } from '../../test/support/finite-differences.ts';
import { channelAffine } from './channel-affine.ts';

const affine = (x: ArrayLike<number>, scale: ArrayLike<number>, shift: ArrayLike<number>) =>
  Float64Array.from(
    { length: x.length },
    (_, i) => x[i]! * scale[i % scale.length]! + shift[i % scale.length]!,
  );

describeOnBackends('channelAffine', () => {
  test.each([[[2, 3, 3, 19]], [[13, 10]], [[5, 2, 2, 1]]])(
    'values and gradients for the shape %j',
    (shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const channels = shape.at(-1)!;
      const [x, scale, shift, dy] = [draws(size, 1), draws(channels, 2), draws(channels, 3), draws(size, 4)];
      const got = tf.tidy(() => {
        const { value, grads } = tf.valueAndGrads((a, s, b) =>
          channelAffine(a!, s as tf.Tensor1D, b as tf.Tensor1D),
        )([tf.tensor(x, shape), tf.tensor1d(scale), tf.tensor1d(shift)], tf.tensor(dy, shape));
        return [value, ...grads].map((tensor) => tensor.dataSync().slice());
      });
      const weighted = (y: Float64Array) => y.reduce((total, value, i) => total + value * dy[i]!, 0);
      expect(got[0]!).toBeCloseToArray(affine(x, scale, shift));
      expect(got[1]!).toBeCloseToArray(
        finiteDifferences((v) => weighted(affine(v, scale, shift)), x),
        { absolute: 1e-5 },
      );
      expect(got[2]!).toBeCloseToArray(
        finiteDifferences((v) => weighted(affine(x, v, shift)), scale),
        { absolute: 1e-5 },
      );
      expect(got[3]!).toBeCloseToArray(
        finiteDifferences((v) => weighted(affine(x, scale, v)), shift),
        { absolute: 1e-5 },
      );
    },
  );
});
