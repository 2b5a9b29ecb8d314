import '@tensorflow/tfjs-backend-cpu';
import '../gradients/register-gradients.ts';
import { registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { neuronSpikes } from './neuron.ts';
import { quantizedRelu } from './quantized-relu.ts';

beforeAll(() => {
  registerNativeBackend({ threads: 2 });
});

const exactly = { absolute: 0, relative: 0 };

function run(rows: number[][], threshold: number[], levels: number, dy: number[][]) {
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => quantizedRelu(x, tf.tensor1d(threshold), levels))(
      tf.tensor2d(rows),
      tf.tensor2d(dy),
    );
    return { values: [...value.dataSync()], gradient: [...grad.dataSync()] };
  });
}

describe.each(['cpu', 'native'])('the quantised ReLU on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test('has the literal values of T + 1 = 5 levels, halves to the lower, and its slope within the clip', () => {
    const before = tf.memory().numTensors;
    const x = [-1, 0, 0.25, 0.26, 0.75, 1.3, 2, 2.1];
    const { values, gradient } = run([x], [2], 5, [[1, 2, 4, 8, 16, 32, 64, 128]]);
    expect(values).toBeCloseToArray([0, 0, 0, 0.25, 0.25, 0.75, 1, 1], exactly);
    expect(gradient).toEqual([0, 1, 2, 4, 8, 16, 32, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('takes a threshold per channel', () => {
    const { values, gradient } = run(
      [
        [0.6, 0.6],
        [1.5, 1.5],
      ],
      [1, 2],
      3,
      [
        [1, 1],
        [1, 1],
      ],
    );
    expect(values).toEqual([0.5, 0.5, 1, 0.5]);
    expect(gradient).toEqual([1, 0.5, 0, 0.5]);
  });

  test('of two levels fires or does not', () => {
    expect(run([[0.4, 0.6, 7]], [1], 2, [[1, 1, 1]]).values).toBeCloseToArray([0, 1, 1], exactly);
  });

  test('is the rate of an integrate-and-fire neuron that starts half way to its threshold', () => {
    const steps = 8;
    const threshold = tf.tensor1d([1]);
    // Away from the halves, where one comparison goes up and the other down.
    const currents = Array.from({ length: 40 }, (_, i) => -0.31 + i * 0.041);
    const rates = tf.tidy(() => {
      // The first step's current holds the half threshold.
      const rows = Array.from({ length: steps }, (_, t) => currents.map((x) => (t === 0 ? x + 0.5 : x)));
      const spikes = neuronSpikes(
        tf.tensor2d(rows.flat(), [steps, currents.length]),
        { decay: tf.tensor1d([1]), threshold, reset: tf.tensor1d([0]) },
        {
          ...{ timeSteps: steps, repeat: false, neuron: 'if', decayInput: false, resetMode: 'soft' },
          ...{ comparison: 'gt', resetDelay: false, detachReset: true },
          ...{ surrogate: 'atan', surrogateParameter: 2 },
        },
      );
      return [...tf.mean(spikes, 0).dataSync()];
    });
    const { values } = run([currents], [1], steps + 1, [currents.map(() => 1)]);
    threshold.dispose();
    expect(values).toBeCloseToArray(rates, { absolute: 1e-6, relative: 0 });
  });
});
