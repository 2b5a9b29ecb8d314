import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { gateSpikes } from './gate.ts';

const timeSteps = 3;

describeOnBackends('gateSpikes', () => {
  test.each([[[2, 4, 3, 5]], [[2, 5]]])('per sample and channel sums for steps of the shape %j', (step) => {
    const [batch, channels] = [step[0]!, step.at(-1)!];
    const perStep = step.reduce((a, b) => a * b, 1);
    const spikes = draws(timeSteps * perStep, 1).map((value) => (value > 0.3 ? 1 : 0));
    const dy = draws(timeSteps * perStep, 2);
    const expected = new Float64Array(batch * channels);
    for (let i = 0; i < spikes.length; i += 1) {
      const sample = Math.floor((i % perStep) / (perStep / batch));
      expected[sample * channels + (i % channels)]! += spikes[i]! * dy[i]!;
    }
    const shape = [timeSteps * batch, ...step.slice(1)];
    const got = tf.tidy(() => {
      const { value, grads } = tf.valueAndGrads((s, g) => gateSpikes(s!, g!, timeSteps))(
        // Whatever the gates hold, the spikes pass.
        [tf.tensor(spikes, shape), tf.fill([batch, channels], 0.25)],
        tf.tensor(dy, shape),
      );
      expect(grads[1]!.shape).toEqual([batch, channels]);
      return [value, ...grads].map((tensor) => tensor.dataSync().slice());
    });
    expect(got[0]!).toBeBitIdenticalTo(spikes);
    expect(got[1]!).toBeBitIdenticalTo(dy);
    expect(got[2]!).toBeCloseToArray(expected);
  });

  test('per sample and neuron for gates of the shape of a step', () => {
    const step = [2, 4, 3, 5];
    const perStep = step.reduce((a, b) => a * b, 1);
    const spikes = draws(timeSteps * perStep, 3).map((value) => (value > 0.3 ? 1 : 0));
    const dy = draws(timeSteps * perStep, 4);
    const expected = new Float64Array(perStep);
    for (let i = 0; i < spikes.length; i += 1) expected[i % perStep]! += spikes[i]! * dy[i]!;
    const shape = [timeSteps * 2, 4, 3, 5];
    const got = tf.tidy(() => {
      const { grads } = tf.valueAndGrads((s, g) => gateSpikes(s!, g!, timeSteps))(
        [tf.tensor(spikes, shape), tf.ones(step)],
        tf.tensor(dy, shape),
      );
      expect(grads[1]!.shape).toEqual(step);
      return grads[1]!.dataSync().slice();
    });
    expect(got).toBeCloseToArray(expected);
  });
});
