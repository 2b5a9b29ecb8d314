import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { disposeTensors } from '../tensors/host-tensor.ts';
import { type AdamMoments, defaultAdam, updateAdam } from './adam.ts';
import { learningRateAt } from './learning-rate.ts';
import { updateSgd } from './sgd.ts';

const size = 37;
const steps = 6;
const gradientAt = (step: number) => draws(size, 100 + step);

/** Kingma and Ba, algorithm 1, with Loshchilov and Hutter's decay, in double precision. */
function adamReference(start: Float32Array, learningRate: number, weightDecay: number): Float64Array {
  const { beta1, beta2, epsilon } = defaultAdam;
  const parameter = Float64Array.from(start);
  const [first, second] = [new Float64Array(size), new Float64Array(size)];
  for (let step = 1; step <= steps; step += 1) {
    const gradient = gradientAt(step);
    for (let i = 0; i < size; i += 1) {
      first[i] = beta1 * first[i]! + (1 - beta1) * gradient[i]!;
      second[i] = beta2 * second[i]! + (1 - beta2) * gradient[i]! ** 2;
      const ratio = first[i]! / (1 - beta1 ** step) / (Math.sqrt(second[i]! / (1 - beta2 ** step)) + epsilon);
      parameter[i]! -= learningRate * (ratio + weightDecay * parameter[i]!);
    }
  }
  return parameter;
}

describeOnBackends('optimisers', () => {
  test.each([0, 0.05])('Adam follows its definition for several steps (weight decay %d)', (weightDecay) => {
    const start = draws(size, 1);
    const parameters: Record<string, tf.Tensor> = { w: tf.tensor1d(start), still: tf.scalar(3) };
    const moments: AdamMoments = { first: {}, second: {} };
    const before = tf.memory().numTensors;
    for (let step = 1; step <= steps; step += 1) {
      // In a tidy, as training does: the state must outlive it.
      tf.tidy(() => {
        const attributes = { ...defaultAdam, learningRate: 0.01, weightDecay, step };
        updateAdam(parameters, moments, { w: tf.tensor1d(gradientAt(step)), gone: tf.scalar(1) }, attributes);
      });
    }
    expect(parameters.w!).toBeCloseToArray(adamReference(start, 0.01, weightDecay), { absolute: 2e-6 });
    expect(parameters.still!.dataSync()[0]).toBe(3);
    expect(Object.keys(moments.first)).toEqual(['w']);
    expect(tf.memory().numTensors).toBe(before + 2);
    disposeTensors({ ...parameters, first: moments.first.w!, second: moments.second.w! });
  });

  test('Adam resumed from its saved state goes on bit by bit', () => {
    const run = (from: number, to: number, state: Float32Array[]) => {
      const [w, m, v] = state.map((values) => tf.tensor1d(values.slice()));
      const parameters = { w: w! as tf.Tensor };
      const moments = { first: { w: m! as tf.Tensor }, second: { w: v! as tf.Tensor } };
      for (let step = from; step <= to; step += 1) {
        const gradient = tf.tensor1d(gradientAt(step));
        updateAdam(
          parameters,
          moments,
          { w: gradient },
          { ...defaultAdam, learningRate: 0.01, weightDecay: 0, step },
        );
        gradient.dispose();
      }
      const all = [parameters.w, moments.first.w, moments.second.w];
      const values = all.map((tensor) => tensor.dataSync().slice() as Float32Array);
      tf.dispose(all);
      return values;
    };
    const start = [draws(size, 1), new Float32Array(size), new Float32Array(size)];
    const whole = run(1, 6, start);
    const halves = run(4, 6, run(1, 3, start));
    for (const [i, values] of halves.entries()) expect(values).toBeBitIdenticalTo(whole[i]!);
  });

  test('SGD with momentum and weight decay follows its definition', () => {
    const start = draws(size, 1);
    const settings = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 };
    const expected = Float64Array.from(start);
    const velocity = new Float64Array(size);
    const parameters: Record<string, tf.Tensor> = { w: tf.tensor1d(start) };
    const velocities: Record<string, tf.Tensor> = {};
    for (let step = 1; step <= steps; step += 1) {
      const gradient = gradientAt(step);
      tf.tidy(() => updateSgd(parameters, velocities, { w: tf.tensor1d(gradient) }, () => settings));
      for (let i = 0; i < size; i += 1) {
        velocity[i] = 0.9 * velocity[i]! + gradient[i]! + 0.01 * expected[i]!;
        expected[i]! -= 0.1 * velocity[i]!;
      }
    }
    expect(parameters.w!).toBeCloseToArray(expected, { absolute: 2e-6 });
    disposeTensors({ ...parameters, velocity: velocities.w! });
  });
});

describe('learningRateAt', () => {
  const at = (step: number, schedule: 'cosine' | 'constant' = 'cosine') =>
    learningRateAt({ base: 0.002, schedule, step, totalSteps: 100 });

  test('cosine falls from the base to zero and stays there', () => {
    expect(at(0)).toBe(0.002);
    expect(at(25)).toBeCloseTo(0.002 * (0.5 + Math.SQRT1_2 / 2), 12);
    expect(at(50)).toBeCloseTo(0.001, 12);
    expect(at(100)).toBe(0);
    expect(at(150)).toBe(0);
  });

  test('constant stays', () => {
    expect(at(0, 'constant')).toBe(0.002);
    expect(at(99, 'constant')).toBe(0.002);
  });
});
