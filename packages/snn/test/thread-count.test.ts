/** Resumed jobs must end with the same bits, on however many threads: reductions may not depend on their number. */
import './support/quiet-cpu.ts';
import type { Network, Shape3 } from '@spikefit/contracts';
import { defaultNeuron, inferNetwork } from '@spikefit/specification';
import { skipAloud } from '@spikefit/testkit';
import * as native from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  type AdamMoments,
  crossEntropy,
  defaultAdam,
  forward,
  initializeParameters,
  isTrainable,
  toTensors,
  updateAdam,
  valueAndGradients,
} from '../src/index.ts';
import { draws } from './support/draws.ts';

const networkOf = (architecture: string, inputShape: Shape3): Network =>
  inferNetwork({
    architecture,
    inputShape,
    classes: 10,
    timeSteps: 4,
    encoder: 'direct',
    neuron: { ...defaultNeuron, threshold: 0.5 },
  });
/** Sizes that fill several chunks of work and leave remainders. */
const large = { batch: 24, network: networkOf('17C3-BN-LIF-MP2-21C3-BN-PLIF-MP2-FC10', [19, 18, 1]) };
/** For plain tfjs, which takes some seconds for a step of the large one. */
const small = { batch: 8, network: networkOf('7C3-BN-LIF-MP2-9C3-BN-PLIF-MP2-FC10', [9, 8, 1]) };

/** The parameters after three steps of training. */
function train({ batch, network }: typeof large): Record<string, Float32Array> {
  return tf.tidy(() => {
    const parameters = toTensors(initializeParameters(network, 1));
    const moments: AdamMoments = { first: {}, second: {} };
    const [height, width] = network.inputShape;
    const input = tf.tensor4d(draws(batch * height * width, 2, 0, 1), [batch, height, width, 1]);
    const labels = tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      'int32',
    );
    for (let step = 1; step <= 3; step += 1) {
      const trainable = Object.fromEntries(Object.entries(parameters).filter(([name]) => isTrainable(name)));
      const { gradients } = valueAndGradients(trainable, () => ({
        loss: crossEntropy(forward(network, parameters, input, { training: true }).logits, labels, 10),
      }));
      updateAdam(parameters, moments, gradients, {
        ...defaultAdam,
        learningRate: 0.01,
        weightDecay: 0,
        step,
      });
    }
    const values = Object.entries(parameters).map(([name, tensor]) => [name, tensor.dataSync().slice()]);
    tf.dispose([parameters, moments.first, moments.second]);
    return Object.fromEntries(values) as Record<string, Float32Array>;
  });
}

test('training gives the same bits on one, two and five threads', async (context) => {
  const status = native.nativeAddonStatus();
  if (!status.available) skipAloud(context, status.reason);
  const results: Record<string, Float32Array>[] = [];
  for (const threads of [1, 2, 5]) {
    native.registerNativeBackend({ threads });
    await tf.setBackend('native');
    results.push(train(large));
  }
  const start = initializeParameters(large.network, 1);
  for (const [name, data] of Object.entries(results[0]!)) {
    expect(results[1]![name]!, name).toBeBitIdenticalTo(data);
    expect(results[2]![name]!, name).toBeBitIdenticalTo(data);
    if (isTrainable(name)) expect(data, name).not.toEqual(start[name]!.data);
  }
});

test('training agrees with plain tfjs', async (context) => {
  const status = native.nativeAddonStatus();
  if (!status.available) skipAloud(context, status.reason);
  native.registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
  const fused = train(small);
  await tf.setBackend('cpu');
  const composed = train(small);
  for (const [name, data] of Object.entries(composed)) {
    // Adam's first steps are ± the learning rate: a gradient that rounds to another sign near 0 moves a weight by
    // up to 0.06, so nearly all must agree closely, not each.
    const near = data.filter((value, i) => Math.abs(value - fused[name]![i]!) < 2e-4).length;
    expect(near / data.length, name).toBeGreaterThan(0.97);
  }
});
