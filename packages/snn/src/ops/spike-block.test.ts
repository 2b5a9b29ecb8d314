import type { NeuronBackwardAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { batchNormTrain } from './batch-norm.ts';
import { channelAffine } from './channel-affine.ts';
import { neuronSpikes } from './neuron.ts';
import { type BlockNormalization, countSpikes, type SpikeBlockResult, spikeBlock } from './spike-block.ts';

const [timeSteps, batch, height, width, channels] = [3, 2, 5, 7, 9];
const epsilon = 1e-5;
const kinds = ['none', 'affine', 'batch'] as const;

const attributesOf = (repeat: boolean): NeuronBackwardAttributes => ({
  ...({ timeSteps, repeat, neuron: 'lif', decayInput: false, resetMode: 'hard', comparison: 'ge' } as const),
  ...({ resetDelay: false, surrogate: 'atan', surrogateParameter: 2, detachReset: false } as const),
});

interface Tensors {
  readonly x: tf.Tensor;
  readonly decay: tf.Tensor1D;
  readonly first: tf.Tensor1D;
  readonly second: tf.Tensor1D;
}

function tensorsFor(repeat: boolean): Tensors {
  const rows = repeat ? batch : timeSteps * batch;
  const x = draws(rows * height * width * channels, 3, -0.5, 1.6);
  return {
    x: tf.tensor(x, [rows, height, width, channels]),
    decay: tf.tensor1d([0.4]),
    first: tf.tensor1d(draws(channels, 4, 0.5, 1.5)),
    second: tf.tensor1d(draws(channels, 5, 0.2, 0.6)),
  };
}

/** The ops one by one. */
function separately(
  t: Tensors,
  kind: (typeof kinds)[number],
  repeat: boolean,
  pool: number,
): SpikeBlockResult {
  const norm = kind === 'batch' ? batchNormTrain(t.x, t.first, t.second, epsilon) : undefined;
  const y = norm?.y ?? (kind === 'none' ? t.x : channelAffine(t.x, t.first, t.second));
  const parameters = { decay: t.decay, threshold: tf.tensor1d([0.9]), reset: tf.tensor1d([0.1]) };
  const fired = neuronSpikes(y, parameters, attributesOf(repeat));
  const spikes = pool === 1 ? fired : tf.maxPool(fired as tf.Tensor4D, pool, pool, 'valid');
  const result = { spikes, count: countSpikes(fired) };
  return norm ? { ...result, statistics: { mean: norm.mean, variance: norm.variance } } : result;
}

function atOnce(
  t: Tensors,
  kind: (typeof kinds)[number],
  repeat: boolean,
  poolSize: number,
): SpikeBlockResult {
  const { first, second } = t;
  const normalization: BlockNormalization =
    kind === 'none'
      ? { kind }
      : kind === 'affine'
        ? { kind, first, second }
        : { kind, first, second, epsilon };
  return spikeBlock(t.x, {
    normalization,
    parameters: { decay: t.decay, threshold: tf.tensor1d([0.9]), reset: tf.tensor1d([0.1]) },
    attributes: { ...attributesOf(repeat), poolSize, decayGradient: true },
  });
}

/** Spikes, their number, statistics; and the gradients of a weighted sum of the spikes. */
function run(block: typeof atOnce, kind: (typeof kinds)[number], repeat: boolean, pool: number) {
  return tf.tidy(() => {
    const tensors = tensorsFor(repeat);
    const { gradients, outputs } = valueAndGradients({ ...tensors }, () => {
      const { spikes, count, statistics } = block(tensors, kind, repeat, pool);
      const weights = tf.tensor(draws(spikes.size, 6), spikes.shape);
      const loss = tf.sum(tf.mul(spikes, weights)) as tf.Scalar;
      return { loss, outputs: { spikes, count, ...(statistics ?? {}) } };
    });
    const values = (all: Record<string, tf.Tensor>) =>
      Object.entries(all).map(([name, tensor]) => ({
        name,
        shape: tensor.shape,
        data: tensor.dataSync().slice(),
      }));
    return { outputs: values(outputs), gradients: values(gradients) };
  });
}

describeOnBackends('spike block', () => {
  describe.each(kinds)('normalisation: %s', (kind) => {
    test.each([
      ['once', true, 2],
      ['once, no pool', true, 1],
      ['every step', false, 2],
      ['every step, no pool', false, 1],
    ])('gives what the ops give one by one: %s', (_, repeat, pool) => {
      const expected = run(separately, kind, repeat, pool);
      const got = run(atOnce, kind, repeat, pool);
      expect(got.outputs).toEqual(expected.outputs);
      const [count] = expected.outputs.find(({ name }) => name === 'count')!.data;
      expect(count).toBeGreaterThan(0);
      expect(got.gradients.map(({ name, shape }) => [name, shape])).toEqual(
        expected.gradients.map(({ name, shape }) => [name, shape]),
      );
      for (const [index, { name, data }] of got.gradients.entries()) {
        expect(data, name).toBeCloseToArray(expected.gradients[index]!.data, {
          absolute: 1e-6,
          relative: 1e-6,
        });
      }
    });
  });

  test('leaves nothing behind', () => {
    tf.tidy(() => {
      const tensors = tensorsFor(false);
      const before = tf.memory().numTensors;
      const { spikes, count, statistics } = atOnce(tensors, 'batch', false, 2);
      expect(tf.memory().numTensors).toBe(before + 4 + 2); // and the constants of this test

      tf.dispose([spikes, count, statistics!.mean, statistics!.variance]);
      expect(tf.memory().numTensors).toBe(before + 2);
    });
  });
});
