// The fused kernels through the registry: outputs, shapes, and refusals that name the argument.
import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type fusedKernelNames, registerNativeBackend } from '../src/index.ts';
import * as reference from '../src/reference/index.ts';
import { random } from './cases/random.ts';

const options = {
  timeSteps: 3,
  repeat: false,
  neuron: 'lif',
  decayInput: false,
  resetMode: 'hard',
  comparison: 'ge',
  resetDelay: false,
} as const;
const backwardOptions = { ...options, surrogate: 'atan', surrogateParameter: 2, detachReset: true } as const;

const run = (
  name: (typeof fusedKernelNames)[number],
  inputs: tf.NamedTensorMap,
  attributes: NamedAttrMap,
): Tensor[] => [tf.engine().runKernel<Tensor | Tensor[]>(name, inputs, { ...attributes })].flat();

/** Two samples of 2×2 pixels and 5 channels, three steps. */
function neuronInputs(): {
  x: Float32Array;
  tensors: tf.NamedTensorMap;
  parameters: reference.NeuronParameters;
} {
  const data = random(5);
  const x = data.uniform(6 * 2 * 2 * 5, 0, 1.5);
  const parameters = {
    decay: Float32Array.of(0.5),
    threshold: data.uniform(5, 0.8, 1),
    reset: Float32Array.of(0.1),
  };
  const tensors = {
    x: tf.tensor(x, [6, 2, 2, 5]),
    decay: tf.tensor1d(parameters.decay),
    threshold: tf.tensor1d(parameters.threshold),
    reset: tf.tensor1d(parameters.reset),
  };
  return { x, tensors, parameters };
}

const close = (actual: Tensor, expected: ArrayLike<number>): void => {
  const values = actual.dataSync();
  expect(values.length).toBe(expected.length);
  expect(Array.from(values, (v, i) => Math.abs(v - expected[i]!)).filter((d) => !(d < 1e-5))).toEqual([]);
};

beforeAll(async () => {
  registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
});

describe('neurons', () => {
  it('gives spikes and charged membranes of the shape of x', () => {
    tf.tidy(() => {
      const { x, tensors, parameters } = neuronInputs();
      const [spikes, charged] = run('SpikefitNeuronForward', tensors, options) as [Tensor, Tensor];
      expect([spikes.shape, charged.shape]).toEqual([
        [6, 2, 2, 5],
        [6, 2, 2, 5],
      ]);
      const expected = reference.neuronForward({ ...options, channels: 5 }, parameters, x);
      expect(spikes.dataSync()).toEqual(expected.spikes);
      expect(charged.dataSync()).toEqual(expected.charged);
      expect(expected.spikes.some((s) => s === 1) && expected.spikes.some((s) => s === 0)).toBe(true);

      const dy = random(6).uniform(x.length);
      const inputs = { ...tensors, dy: tf.tensor(dy, [6, 2, 2, 5]), h: charged };
      const [dx, dDecay] = run('SpikefitNeuronBackward', inputs, backwardOptions) as [Tensor, Tensor];
      expect([dx.shape, dDecay.shape]).toEqual([[6, 2, 2, 5], [1]]);
      const gradient = reference.neuronBackward(
        { ...backwardOptions, channels: 5 },
        ...([parameters, x, expected.charged, dy] as const),
      );
      close(dx, gradient.dx);
      close(dDecay, [gradient.dDecay]);
    });
  });

  it('repeats one input over the steps and sums its gradient', () => {
    tf.tidy(() => {
      const { tensors } = neuronInputs();
      const repeat = { ...options, repeat: true };
      const once = tf.slice(tensors.x!, 0, 2);
      const tiled = tf.concat([once, once, once], 0);
      const [spikes, charged] = run('SpikefitNeuronForward', { ...tensors, x: once }, repeat) as [
        Tensor,
        Tensor,
      ];
      const [same] = run('SpikefitNeuronForward', { ...tensors, x: tiled }, options) as [Tensor];
      expect(spikes.shape).toEqual([6, 2, 2, 5]);
      expect(spikes.dataSync()).toEqual(same.dataSync());

      const dy = tf.tensor(random(7).uniform(120), [6, 2, 2, 5]);
      const gradient = (attributes: NamedAttrMap): Tensor =>
        run('SpikefitNeuronBackward', { ...tensors, dy, h: charged }, attributes)[0]!;
      const summed = tf.sum(tf.reshape(gradient({ ...backwardOptions }), [3, 2, 2, 2, 5]), 0);
      const repeated = gradient({ ...backwardOptions, repeat: true });
      expect(repeated.shape).toEqual([2, 2, 2, 5]);
      close(repeated, summed.dataSync());
    });
  });

  const refusals: [string, NamedAttrMap, RegExp][] = [
    ['no steps', { timeSteps: 0 }, /timeSteps must be a whole number of at least 1, not 0/],
    ['steps that do not divide', { timeSteps: 7 }, /120 values cannot be 7 steps/],
    ['an unknown neuron', { neuron: 'lap' }, /neuron must be one of if, lif, not lap/],
    ['an unknown reset', { resetMode: 'none' }, /resetMode must be one of hard, soft, not none/],
    ['an unknown comparison', { comparison: 'eq' }, /comparison must be one of ge, gt, not eq/],
  ];
  it.each(refusals)('refuses %s', (_, wrong, message) => {
    tf.tidy(() => {
      const { tensors } = neuronInputs();
      expect(() => run('SpikefitNeuronForward', tensors, { ...options, ...wrong })).toThrow(message);
    });
  });

  it('refuses parameters of another shape, and unknown surrogates', () => {
    tf.tidy(() => {
      const { tensors } = neuronInputs();
      const forward = (inputs: tf.NamedTensorMap) => () =>
        run('SpikefitNeuronForward', { ...tensors, ...inputs }, options);
      expect(forward({ threshold: tf.ones([4]) })).toThrow('threshold must have shape [1] or [5], not [4]');
      expect(forward({ decay: tf.ones([5]) })).toThrow('decay must have shape [1], not [5]');
      expect(forward({ reset: tf.zeros([1], 'int32') })).toThrow('every tensor must be float32');
      const inputs = { ...tensors, dy: tensors.x!, h: tensors.x! };
      const backward = (wrong: NamedAttrMap) => () =>
        run('SpikefitNeuronBackward', inputs, { ...backwardOptions, ...wrong });
      expect(backward({ surrogate: 'step' })).toThrow(/surrogate must be one of atan, .*not step/);
      expect(backward({ surrogateParameter: 0 })).toThrow('surrogateParameter must be above 0, not 0');
    });
  });

  it('asks for x where a delayed hard reset is not detached', () => {
    tf.tidy(() => {
      const { tensors } = neuronInputs();
      const inputs: tf.NamedTensorMap = { ...tensors, dy: tensors.x!, h: tensors.x! };
      const attributes = { ...backwardOptions, resetDelay: true, detachReset: false };
      expect(run('SpikefitNeuronBackward', inputs, attributes).length).toBe(2);
      const { x: _, ...withoutInput } = inputs;
      expect(() => run('SpikefitNeuronBackward', withoutInput, attributes)).toThrow(/expected x to be given/);
    });
  });
});

describe('channels and optimiser', () => {
  it('normalises, scales and steps as the references do', () => {
    tf.tidy(() => {
      const data = random(8);
      const [x, dy] = [data.uniform(3 * 4 * 2), data.uniform(3 * 4 * 2)];
      const [a, b] = [data.uniform(2, 0.5, 2), data.uniform(2)];
      const [tx, tdy] = [tf.tensor(x, [3, 4, 2]), tf.tensor(dy, [3, 4, 2])];
      const [ta, tb] = [tf.tensor1d(a), tf.tensor1d(b)];
      const epsilon = 1e-3;

      const norm = run('SpikefitBatchNormTrain', { x: tx, gamma: ta, beta: tb }, { epsilon });
      const expected = reference.batchNormTrain(epsilon, x, a, b);
      expect(norm.map(({ shape }) => shape)).toEqual([[3, 4, 2], [2], [2]]);
      close(norm[0]!, expected.y);
      const inputs = { dy: tdy, x: tx, mean: norm[1]!, variance: norm[2]!, gamma: ta };
      const gradient = run('SpikefitBatchNormTrainGrad', inputs, { epsilon });
      const { mean, variance } = expected;
      const { dx, dGamma, dBeta } = reference.batchNormTrainGradient(epsilon, dy, x, mean, variance, a);
      for (const [index, values] of [dx, dGamma, dBeta].entries()) close(gradient[index]!, values);

      close(
        run('SpikefitChannelAffine', { x: tx, scale: ta, shift: tb }, {})[0]!,
        reference.channelAffine(x, a, b),
      );
      const affine = run('SpikefitChannelAffineGrad', { dy: tdy, x: tx, scale: ta }, {});
      const byAffine = reference.channelAffineGradient(dy, x, a);
      for (const [index, values] of [byAffine.dx, byAffine.dScale, byAffine.dShift].entries()) {
        close(affine[index]!, values);
      }

      const adam = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 3, weightDecay: 0.01 };
      const state = { parameter: x, firstMoment: dy, secondMoment: x.map(Math.abs) };
      const tensors = { parameter: tx, firstMoment: tdy, secondMoment: tf.abs(tx), gradient: tdy };
      const next = run('SpikefitAdamStep', tensors, adam);
      const after = reference.adamStep(adam, state, dy);
      for (const [index, values] of [after.parameter, after.firstMoment, after.secondMoment].entries()) {
        close(next[index]!, values);
      }
      expect(() => run('SpikefitAdamStep', tensors, { ...adam, step: 0 })).toThrow('step must be at least 1');
    });
  });

  it('refuses other types, and parameters that do not fit the channels', () => {
    tf.tidy(() => {
      const x = tf.ones([3, 4]);
      const affine = (scale: Tensor) => () =>
        run('SpikefitChannelAffine', { x, scale, shift: tf.ones([4]) }, {});
      expect(affine(tf.ones([4], 'int32'))).toThrow('SpikefitChannelAffine: every tensor must be float32');
      expect(affine(tf.ones([3]))).toThrow('channelAffine: expected scale to be a Float32Array of length 4');
    });
  });
});
