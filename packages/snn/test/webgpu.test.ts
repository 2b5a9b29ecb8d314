/** The composed forms of the fused operations, and whole networks, on WebGPU against plain tfjs. */
import { defaultNeuron } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  crossEntropy,
  forward,
  isTrainable,
  toTensors,
  updateAdam,
  valueAndGradients,
} from '../src/index.ts';
import { batchNormTrain } from '../src/ops/batch-norm.ts';
import { channelAffine } from '../src/ops/channel-affine.ts';
import { gateSpikes } from '../src/ops/gate.ts';
import { neuronSpikes } from '../src/ops/neuron.ts';
import { draws } from './support/draws.ts';
import { neuronCases } from './support/neuron-cases.ts';
import { hasWebgpu, onCpuAndWebgpu, registerWebgpu } from './support/on-webgpu.ts';
import { lively, tinyNetwork } from './support/tiny-networks.ts';

beforeAll(registerWebgpu, 60_000);

const gradientsOf = (compute: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]) => {
  const { value, grads } = tf.valueAndGrads((...args: tf.Tensor[]) =>
    // Another weight for every element, so that no two gradients can be swapped.
    tf.sum(tf.mul(compute(...args), weightsLike(compute(...args)))),
  )(inputs);
  return { value, ...Object.fromEntries(grads.map((grad, i) => [`gradient ${i}`, grad])) };
};

const weightsLike = ({ shape, size }: tf.Tensor) => tf.tensor(draws(size, 77, -1, 1), shape);

const tolerance = { absolute: 1e-5, relative: 1e-5 };

async function expectAgreement(compute: () => Record<string, tf.Tensor>): Promise<void> {
  const { cpu, webgpu } = await onCpuAndWebgpu(compute);
  expect(Object.keys(webgpu)).toEqual(Object.keys(cpu));
  for (const [name, values] of Object.entries(webgpu))
    expect(values, name).toBeCloseToArray(cpu[name]!, tolerance);
}

describe.runIf(hasWebgpu)('webgpu', () => {
  const timeSteps = 4;
  const shape: [number, number, number, number] = [2, 2, 3, 5];
  const perStep = 60;
  // Every kind of neuron once, each with another surrogate; a full product would compile shaders for minutes.
  const cases = neuronCases(timeSteps).filter((_, i) => i % 11 === 0);

  test.each(cases)('neuron: $name', async ({ attributes }) => {
    const steps = attributes.repeat ? 1 : timeSteps;
    const [low, high] = attributes.decayInput ? [-0.4, 3] : [-0.4, 1.3];
    const { cpu, webgpu } = await onCpuAndWebgpu(() => {
      const x = tf.tensor4d(draws(steps * perStep, 3, low, high), [steps * shape[0], 2, 3, 5]);
      const constants = {
        threshold: tf.tensor1d(draws(5, 4, 0.6, 1.1)),
        reset: tf.tensor1d(draws(5, 5, -0.2, 0.2)),
      };
      const spikes = (input: tf.Tensor, decay: tf.Tensor) =>
        neuronSpikes(input, { ...constants, decay: decay as tf.Tensor1D }, attributes);
      const dy = tf.tensor4d(draws(timeSteps * perStep, 6, -1, 1), [timeSteps * shape[0], 2, 3, 5]);
      const { value, grads } = tf.valueAndGrads(spikes)([x, tf.tensor1d([0.4])], dy);
      return { spikes: value, dx: grads[0]!, dDecay: grads[1]! };
    });
    expect(webgpu.spikes).toBeBitIdenticalTo(cpu.spikes!);
    const rate = webgpu.spikes!.reduce((sum, s) => sum + s, 0) / webgpu.spikes!.length;
    expect(rate).toBeGreaterThan(0.1);
    expect(rate).toBeLessThan(0.9);
    expect(webgpu.dx).toBeCloseToArray(cpu.dx!, tolerance);
    expect(webgpu.dDecay).toBeCloseToArray(cpu.dDecay!, { absolute: 1e-4, relative: 1e-5 });
  });

  test('batch norm: value, statistics and gradients', () =>
    expectAgreement(() => {
      const x = tf.tensor4d(draws(120, 1, -1, 2), [4, 2, 3, 5]);
      const [gamma, beta] = [tf.tensor1d(draws(5, 2, 0.5, 1.5)), tf.tensor1d(draws(5, 3, -1, 1))];
      const { mean, variance } = batchNormTrain(x, gamma, beta, 1e-5);
      const normalize = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
        batchNormTrain(a, g as tf.Tensor1D, b as tf.Tensor1D, 1e-5).y;
      return { ...gradientsOf(normalize, [x, gamma, beta]), mean, variance };
    }));

  test('channel affine', () =>
    expectAgreement(() => {
      const x = tf.tensor4d(draws(120, 1, -1, 2), [4, 2, 3, 5]);
      const affine = (a: tf.Tensor, s: tf.Tensor, b: tf.Tensor) =>
        channelAffine(a, s as tf.Tensor1D, b as tf.Tensor1D);
      return gradientsOf(affine, [x, tf.tensor1d(draws(5, 2, 0, 2)), tf.tensor1d(draws(5, 3, -1, 1))]);
    }));

  test('gates receive their gradients per sample', () =>
    expectAgreement(() => {
      const spikes = tf.tensor4d(draws(240, 1, -1, 1).map(Math.ceil), [8, 2, 3, 5]);
      const gated = (s: tf.Tensor, g: tf.Tensor) => gateSpikes(s, g as tf.Tensor2D, 4);
      return gradientsOf(gated, [spikes, tf.ones([2, 5])]);
    }));

  test.each([1, 2])('convolution, stride %i', (stride) =>
    expectAgreement(() => {
      const convolve = (x: tf.Tensor, w: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same');
      const x = tf.tensor4d(draws(2 * 7 * 6 * 3, 1, -1, 1), [2, 7, 6, 3]);
      return gradientsOf(convolve, [x, tf.tensor4d(draws(135, 2, -1, 1), [3, 3, 3, 5])]);
    }),
  );

  test('pools: of equal values in a window the first has the gradient', () =>
    expectAgreement(() => {
      const spikes = tf.tensor4d(draws(2 * 7 * 6 * 3, 1, -1, 1).map(Math.ceil), [2, 7, 6, 3]);
      const { value, 'gradient 0': largest } = gradientsOf(
        (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'),
        [spikes],
      ) as Record<string, tf.Tensor>;
      const { 'gradient 0': mean } = gradientsOf(
        (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'),
        [spikes],
      ) as Record<string, tf.Tensor>;
      return { value: value!, largest: largest!, mean: mean! };
    }));

  test.each([
    ['direct', '4C3-BN-LIF-MP2-3C3-BN-PLIF-FC3', 'hard'],
    ['direct', '4C3S2-IF-AP2-FC8-LIF-FC3-LIF', 'soft'],
    ['rate', '4C3-BN-LIF-MP2-DP0.3-FC3', 'hard'],
  ] as const)('%s: a training step of %s', async (encoder, architecture, reset) => {
    const network = tinyNetwork(architecture, {
      encoder,
      neuron: { ...defaultNeuron, threshold: 0.5, reset },
    });
    const host = lively(network, 5);
    const { cpu, webgpu } = await onCpuAndWebgpu(() => {
      const parameters = toTensors(host);
      const input = tf.tensor4d(draws(4 * 60, 8, 0, 1), [4, 5, 6, 2]);
      const labels = tf.tensor1d([0, 1, 2, 1], 'int32');
      const trainable = Object.fromEntries(Object.entries(parameters).filter(([name]) => isTrainable(name)));
      const { loss, gradients } = valueAndGradients(trainable, () => {
        const stream = { seed: 1, epoch: 0, batch: 0 };
        const { logits } = forward(network, parameters, input, { training: true, stream });
        return { loss: crossEntropy(logits, labels, 3) };
      });
      const moments = { first: {}, second: {} };
      const before = Object.fromEntries(Object.entries(gradients).map(([name, g]) => [`d ${name}`, g]));
      updateAdam(parameters, moments, gradients, {
        ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-3, weightDecay: 0.1, learningRate: 0.01, step: 1 },
      });
      tf.dispose([moments.first, moments.second]);
      return { loss, ...before, ...parameters };
    });
    for (const [name, values] of Object.entries(webgpu))
      expect(values, name).toBeCloseToArray(cpu[name]!, { absolute: 2e-5, relative: 1e-4 });
    expect(webgpu.loss![0]).toBeGreaterThan(0);
  });
});
