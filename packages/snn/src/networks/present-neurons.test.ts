import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { lively, tinyNetwork } from '../../test/support/tiny-networks.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { crossEntropySum } from '../losses/cross-entropy.ts';
import { toTensors } from '../tensors/host-tensor.ts';
import { forward } from './forward.ts';
import { isTrainable, parameterNames } from './parameter-names.ts';

const network = tinyNetwork('4C3-BN-LIF-MP2-5C3-AP2-LIF-FC6-LIF-FC3');
const host = lively(network, 3);
const neuron = network.layers.find(({ kind }) => kind === 'neuron')!;
const mask = draws(5 * 6 * 4, 8).map((value) => (value > 0 ? 1 : 0));
const masked = {
  ...host,
  [parameterNames.present(neuron.id)]: { shape: [5, 6, 4], data: mask },
};
const batch = 3;

function run(parameters: typeof masked | typeof host, collectSpikes: boolean) {
  return tf.tidy(() => {
    const tensors = toTensors(parameters);
    const input = tf.tensor4d(draws(batch * 60, 7, 0, 1), [batch, 5, 6, 2]);
    const trainable = Object.fromEntries(Object.entries(tensors).filter(([name]) => isTrainable(name)));
    const { gradients, outputs } = valueAndGradients(trainable, () => {
      const result = forward(network, tensors, input, { training: true, collectSpikes });
      const loss = crossEntropySum(result.logits, tf.tensor1d([2, 0, 1], 'int32'), network.classes);
      const spikes = result.spikes?.[neuron.id];
      return {
        loss,
        outputs: {
          logits: result.logits,
          sum: result.spikeSums[neuron.id]!,
          ...(spikes === undefined ? {} : { spikes }),
        },
      };
    });
    const read = (all: Record<string, tf.Tensor>) =>
      Object.fromEntries(Object.entries(all).map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    return { gradients: read(gradients), outputs: read(outputs) };
  });
}

describeOnBackends('neurons that are not present', () => {
  test('never spike; the others do as before', () => {
    const { spikes, sum } = run(masked, true).outputs;
    const whole = run(host, true).outputs.spikes!;
    expect([...spikes!]).toEqual([...whole].map((one, i) => one * mask[i % mask.length]!));
    expect(whole.some((one, i) => one === 1 && mask[i % mask.length] === 0)).toBe(true);
    expect(sum![0]).toBe([...spikes!].reduce((total, one) => total + one, 0));
  });

  test('are left out by fused layers as by single ones, forward and backward', () => {
    const [fused, apart] = [run(masked, false), run(masked, true)];
    expect(fused.outputs.sum).toEqual(apart.outputs.sum);
    expect(fused.outputs.logits!).toBeCloseToArray(apart.outputs.logits!);
    for (const [name, gradient] of Object.entries(apart.gradients))
      expect(fused.gradients[name]!).toBeCloseToArray(gradient);
  });
});
