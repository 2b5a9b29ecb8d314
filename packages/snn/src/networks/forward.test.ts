import { isWeightLayer, type Network } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { backward } from '../../test/reference/autograd.ts';
import { crossEntropyReference, runReference } from '../../test/reference/network.ts';
import { describeOnBackends } from '../../test/support/backends.ts';
import { draws } from '../../test/support/draws.ts';
import { lively, tinyNetwork } from '../../test/support/tiny-networks.ts';
import { valueAndGradients } from '../gradients/value-and-gradients.ts';
import { crossEntropySum } from '../losses/cross-entropy.ts';
import { namedStatistics, unbiasedStatistics } from '../optimizers/running-statistics.ts';
import { disposeTensors, type HostParameters, toTensors } from '../tensors/host-tensor.ts';
import { forward } from './forward.ts';
import { isTrainable } from './parameter-names.ts';

const batch = 3;
const labels = [2, 0, 1];
const inputShape = [batch, 5, 6, 2] as const;
const image = draws(batch * 5 * 6 * 2, 7, 0, 1);

interface Run {
  readonly logits: ArrayLike<number>;
  readonly loss: number;
  readonly gradients: Record<string, ArrayLike<number>>;
  readonly outputs: Record<string, ArrayLike<number>>;
}

/**
 * Loss, gradients by all trainable parameters, statistics and spike sums; `apart` also by a gate for each neuron, and
 * spikes, which keeps forward from fusing layers.
 */
function run(
  network: Network,
  host: HostParameters,
  pixels: Float32Array,
  training: boolean,
  apart = true,
): Run {
  return tf.tidy(() => {
    const parameters = toTensors(host);
    const gates: Record<string, tf.Tensor2D> = {};
    for (const layer of network.layers) {
      if (apart && layer.kind === 'neuron') gates[layer.id] = tf.ones([batch, layer.outputShape[2]]);
    }
    const trainable = Object.entries(parameters).filter(([name]) => isTrainable(name));
    const gateEntries = Object.entries(gates).map(([id, gate]) => [`${id}/gate`, gate] as const);
    const input = tf.tensor4d(pixels, [...inputShape]);
    const { loss, gradients, outputs } = valueAndGradients(
      Object.fromEntries([...trainable, ...gateEntries]),
      () => {
        const stream = { seed: 5, epoch: 0, batch: 0 };
        const result = forward(network, parameters, input, {
          training,
          gates,
          stream,
          collectSpikes: apart,
        });
        const collected: Record<string, tf.Tensor> = { logits: result.logits };
        Object.assign(collected, unbiasedStatistics(namedStatistics(result.batchStatistics)));
        for (const [id, sum] of Object.entries(result.spikeSums)) collected[`${id}/sum`] = sum;
        for (const [id, spikes] of Object.entries(result.spikes ?? {})) collected[`${id}/spikes`] = spikes;
        const loss = crossEntropySum(result.logits, tf.tensor1d(labels, 'int32'), network.classes);
        return { loss, outputs: collected };
      },
    );
    const values = (tensors: Record<string, tf.Tensor>) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync().slice()]));
    const all = values(outputs);
    return { logits: all.logits!, loss: loss.dataSync()[0]!, gradients: values(gradients), outputs: all };
  });
}

const cases: [string, Network][] = [
  ['conv, batch norm, LIF, max pool, twice', tinyNetwork('4C3-BN-LIF-MP2-5C3-BN-LIF-MP2-FC3')],
  [
    'biases, soft reset with gradient',
    tinyNetwork('4C3-LIF-AP2-FC6-LIF-FC3', { neuron: { reset: 'soft', detachReset: false } }),
  ],
  [
    'PLIF with decayed input',
    tinyNetwork('4C3-BN-PLIF-5C3-BN-PLIF-FC3', { neuron: { decayInput: true, threshold: 0.6 } }),
  ],
  [
    'IF, strides, late hard reset, spiking read-out',
    tinyNetwork('5C3S2-BN-IF-FC7-BN-IF-FC3-IF', {
      neuron: { resetDelay: true, comparison: 'gt', resetValue: -0.1, detachReset: false },
    }),
  ],
  [
    'snnTorch neurons, even kernel',
    tinyNetwork('4C2-BN-LIF-MP2-FC3', { neuron: { resetDelay: true, comparison: 'gt', reset: 'soft' } }),
  ],
  [
    'two weight layers before the first neuron',
    tinyNetwork('3C3-BN-MP2-LIF-FC3', { neuron: { surrogate: { name: 'triangle', parameter: 1 } } }),
  ],
  ['one step', tinyNetwork('4C3-BN-LIF-MP2-FC3', { timeSteps: 1 })],
];

/** Gate gradients of the reference: Σ over time and space of s · ∂L/∂s through the consumers alone. */
function gateGradients(consumed: ReturnType<typeof runReference>['consumed'], id: string): number[] {
  const steps = consumed[id]!;
  return steps[0]!.flatMap((_, b) =>
    steps[0]![b]![0]![0]!.map((_unused, c) =>
      steps.reduce(
        (total, step) =>
          total + step[b]!.flat().reduce((sum, pixel) => sum + pixel[c]!.value * pixel[c]!.gradient, 0),
        0,
      ),
    ),
  );
}

describeOnBackends('forward', () => {
  describe.each(cases)('%s', (_, network) => {
    test.each([
      ['training', true],
      ['inference', false],
    ])(
      'agrees with plain loops in %s: values, statistics, spikes, all gradients, gates',
      (_mode, training) => {
        const host = lively(network, 21);
        const expected = runReference(network, host, image, { training });
        expect(expected.margin).toBeGreaterThan(1e-6);
        const loss = crossEntropyReference(expected.logits, labels);
        backward(loss);
        const got = run(network, host, image, training);

        expect(got.logits).toBeCloseToArray(
          expected.logits.flat().map(({ value }) => value),
          { absolute: 1e-5 },
        );
        expect(got.loss).toBeCloseTo(loss.value, 4);
        for (const [id, steps] of Object.entries(expected.consumed)) {
          const spikes = steps.flat(4).map(({ value }) => value);
          expect(got.outputs[`${id}/spikes`]!).toBeBitIdenticalTo(spikes);
          expect(got.outputs[`${id}/sum`]![0]).toBe(spikes.reduce((a, b) => a + b, 0));
          expect(spikes.some((s) => s === 1)).toBe(true);
          expect(got.gradients[`${id}/gate`]!).toBeCloseToArray(gateGradients(expected.consumed, id), {
            absolute: 1e-5,
            relative: 1e-4,
          });
        }
        for (const [id, { mean, variance }] of Object.entries(training ? expected.statistics : {})) {
          expect(got.outputs[`${id}/mean`]!).toBeCloseToArray(mean, { absolute: 1e-5 });
          expect(got.outputs[`${id}/variance`]!).toBeCloseToArray(variance, { absolute: 1e-5 });
        }
        const trainable = Object.keys(host).filter(isTrainable);
        for (const name of trainable) {
          const gradient = expected.parameters[name]!.map((value) => value.gradient);
          expect(got.gradients[name]!, name).toBeCloseToArray(gradient, { absolute: 3e-5, relative: 3e-4 });
          // A bias before a batch norm, or a silent part, would prove nothing.
          expect(
            gradient.some((g) => Math.abs(g) > 1e-4),
            name,
          ).toBe(true);
        }
      },
    );
  });

  describe.each(cases)('%s', (_, network) => {
    test.each([
      ['training', true],
      ['inference', false],
    ])('fused layers give in %s what single ones give', (_mode, training) => {
      const host = lively(network, 22);
      const single = run(network, host, image, training);
      const fused = run(network, host, image, training, false);
      // The same spikes; but where a fused layer gives them as bits, the products that follow add in another order.
      for (const [name, values] of Object.entries(fused.outputs)) {
        if (name.endsWith('/sum')) expect(values, name).toBeBitIdenticalTo(Array.from(single.outputs[name]!));
        else expect(values, name).toBeCloseToArray(single.outputs[name]!, { absolute: 2e-6 });
      }
      for (const [name, values] of Object.entries(fused.gradients)) {
        expect(values, name).toBeCloseToArray(single.gradients[name]!, { absolute: 2e-6, relative: 1e-5 });
      }
      expect(Object.keys(fused.gradients)).toEqual(Object.keys(host).filter(isTrainable));
    });
  });

  test('folded networks: thresholds, resets and decay per channel in place of the settings', () => {
    const network = tinyNetwork('4C3-LIF-MP2-FC3');
    const host: HostParameters = {
      ...lively(network, 4),
      '1.lif/threshold': { shape: [4], data: Float32Array.of(0.4, 0.8, 0.6, 1.1) },
      '1.lif/reset': { shape: [4], data: Float32Array.of(0, -0.2, 0.1, 0.05) },
    };
    const expected = runReference(network, host, image, { training: false });
    expect(expected.margin).toBeGreaterThan(1e-6);
    const stored = { ...host, '1.lif/decay': { shape: [1], data: Float32Array.of(1 / network.neuron.tau) } };
    for (const given of [host, stored]) {
      const got = run(network, given, image, false);
      expect(got.logits).toBeCloseToArray(
        expected.logits.flat().map(({ value }) => value),
        { absolute: 1e-5 },
      );
    }
  });

  test('what is computed once under direct encoding is what T computations give', () => {
    // On 0/1 images a rate encoder yields the image itself at every step, and the network computes all T of them.
    const binary = image.map((x) => (x > 0.5 ? 1 : 0));
    const architecture = '4C3-BN-MP2-LIF-5C3-BN-LIF-FC3';
    const host = lively(tinyNetwork(architecture), 9);
    for (const training of [true, false]) {
      const once = run(tinyNetwork(architecture), host, binary, training);
      const everyStep = run(tinyNetwork(architecture, { encoder: 'rate' }), host, binary, training);
      for (const [name, values] of Object.entries(everyStep.outputs)) {
        if (name.endsWith('/spikes') || !training)
          expect(once.outputs[name]!, name).toBeBitIdenticalTo(values);
        else expect(once.outputs[name]!, name).toBeCloseToArray(values, { absolute: 1e-6 });
      }
      for (const [name, values] of Object.entries(everyStep.gradients)) {
        expect(once.gradients[name]!, name).toBeCloseToArray(values, { absolute: 1e-5, relative: 1e-4 });
      }
    }
  });

  test('frames of events are read step by step, time outermost', () => {
    const binary = image.map((x) => (x > 0.5 ? 1 : 0));
    const network = tinyNetwork('4C3-BN-MP2-LIF-5C3-BN-LIF-FC3', { encoder: 'event' });
    const host = lively(network, 9);
    tf.tidy(() => {
      const parameters = toTensors(host);
      const input = tf.tensor4d(binary, [...inputShape]);
      const steps = Array.from({ length: network.timeSteps }, () => input);
      const frames = tf.concat(steps, 0) as tf.Tensor4D;
      const options = { training: false } as const;
      const direct = forward({ ...network, encoder: 'direct' }, parameters, input, options);
      const still = forward(network, parameters, frames, options);
      expect(still.logits.dataSync()).toBeCloseToArray(direct.logits.dataSync(), { absolute: 1e-6 });
      // Events of the last step alone drive fewer spikes than those of every step.
      const silent = steps.map((step, t) => (t === network.timeSteps - 1 ? step : tf.zerosLike(step)));
      const late = forward(network, parameters, tf.concat(silent, 0) as tf.Tensor4D, options);
      const first = network.layers.find(({ kind }) => kind === 'neuron')!.id;
      expect(late.spikeSums[first]!.dataSync()[0]).not.toBe(still.spikeSums[first]!.dataSync()[0]);
      expect(() =>
        forward(network, parameters, tf.zeros([2 * network.timeSteps + 1, 5, 6, 2]), options),
      ).toThrow(/takes \[\d+·B, 5 × 6 × 2\]/);
    });
  });

  test('samples do not touch each other, and steps lie one batch apart', () => {
    const network = tinyNetwork('4C3-BN-LIF-MP2-5C3-BN-LIF-FC3');
    const host = lively(network, 9);
    const perSample = image.length / batch;
    const all = run(network, host, image, false);
    const reversed = new Float32Array(image.length);
    for (let b = 0; b < batch; b += 1) {
      reversed.set(image.subarray(b * perSample, (b + 1) * perSample), (batch - 1 - b) * perSample);
    }
    const other = run(network, host, reversed, false);
    const rows = (values: ArrayLike<number>) =>
      Array.from({ length: values.length / 3 }, (_, i) => Array.from(values).slice(i * 3, i * 3 + 3));
    expect(rows(other.logits).reverse()).toEqual(rows(all.logits));
    // Step t of sample b is row t·B + b of the spikes.
    const spikes = (values: ArrayLike<number>, t: number, b: number) => {
      const size = values.length / (network.timeSteps * batch);
      return Array.from(values).slice((t * batch + b) * size, (t * batch + b + 1) * size);
    };
    for (let t = 0; t < network.timeSteps; t += 1) {
      for (let b = 0; b < batch; b += 1) {
        expect(spikes(other.outputs['2.lif/spikes']!, t, batch - 1 - b)).toEqual(
          spikes(all.outputs['2.lif/spikes']!, t, b),
        );
      }
    }
  });

  test('a weight transformation is computed with, and passes gradients through', () => {
    const network = tinyNetwork('4C3-BN-LIF-MP2-FC3');
    const host = lively(network, 3);
    const doubled = Object.fromEntries(
      Object.entries(host).map(([name, h]) => [
        name,
        name.endsWith('/weights') ? { ...h, data: h.data.map((w) => 2 * w) } : h,
      ]),
    );
    tf.tidy(() => {
      const input = tf.tensor4d(image, [...inputShape]);
      const asked: string[] = [];
      const parameters = toTensors(host);
      const { gradients, outputs } = valueAndGradients({ w: parameters['0.conv/weights']! }, () => {
        const weights = (id: string, raw: tf.Tensor) => {
          asked.push(id);
          return tf.mul(raw, 2);
        };
        const { logits } = forward(network, parameters, input, { training: false, weights });
        return { loss: tf.sum(tf.square(logits)) as tf.Scalar, outputs: { logits } };
      });
      const plain = toTensors(doubled);
      const direct = valueAndGradients({ w: plain['0.conv/weights']! }, () => {
        const { logits } = forward(network, plain, input, { training: false });
        return { loss: tf.sum(tf.square(logits)) as tf.Scalar, outputs: { logits } };
      });
      expect(asked).toEqual(network.layers.filter(isWeightLayer).map(({ id }) => id));
      expect(outputs.logits!).toBeBitIdenticalTo(direct.outputs.logits!);
      expect(gradients.w!).toBeCloseToArray(tf.mul(direct.gradients.w!, 2), { absolute: 1e-6 });
    });
  });

  test('leaves nothing behind, in inference and in training', () => {
    const network = tinyNetwork('4C3-BN-PLIF-DP0.5-MP2-FC6-LIF-FC3', { encoder: 'rate' });
    const parameters = toTensors(lively(network, 3));
    const input = tf.tensor4d(image, [...inputShape]);
    const target = tf.tensor1d(labels, 'int32');
    const stream = { seed: 1, epoch: 2, batch: 3 };
    const before = tf.memory().numTensors;

    const inference = forward(network, parameters, input, { training: false, stream });
    expect(tf.memory().numTensors).toBe(before + 3); // logits and two spike sums
    tf.dispose([inference.logits, ...Object.values(inference.spikeSums)]);

    const trainable = Object.fromEntries(Object.entries(parameters).filter(([name]) => isTrainable(name)));
    const { loss, gradients, outputs } = valueAndGradients(trainable, () => {
      const { logits, batchStatistics } = forward(network, parameters, input, { training: true, stream });
      return { loss: crossEntropySum(logits, target, 3), outputs: namedStatistics(batchStatistics).tensors };
    });
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(trainable).sort());
    expect(tf.memory().numTensors).toBe(before + 1 + Object.keys(trainable).length + 2);
    disposeTensors({ ...gradients, ...outputs, loss });
    expect(tf.memory().numTensors).toBe(before);
    disposeTensors({ ...parameters, input, target });
  });

  test('refuses input, parameters and options that do not fit the network', () => {
    const network = tinyNetwork('4C3-BN-LIF-DP0.5-FC3');
    tf.tidy(() => {
      const parameters = toTensors(lively(network, 3));
      const input = tf.tensor4d(image, [...inputShape]);
      const attempt =
        (
          parts: Partial<{
            network: Network;
            parameters: typeof parameters;
            input: tf.Tensor4D;
            training: boolean;
          }>,
        ) =>
        () =>
          forward(parts.network ?? network, parts.parameters ?? parameters, parts.input ?? input, {
            training: parts.training ?? false,
          });
      expect(attempt({ input: tf.zeros([2, 6, 5, 2]) })).toThrow(
        /takes \[B, 5 × 6 × 2\], not \[2, 6, 5, 2\]/,
      );
      const { '1.bn/gamma': _gone, ...incomplete } = parameters;
      expect(attempt({ parameters: incomplete })).toThrow(/1\.bn\/gamma is missing/);
      expect(attempt({ training: true })).toThrow(/dropout layer 3\.\w+ needs a random stream/);
      expect(attempt({ network: { ...network, encoder: 'rate' } })).toThrow(
        /rate encoding needs a random stream/,
      );
      expect(attempt({})).not.toThrow();
    });
  });
});
