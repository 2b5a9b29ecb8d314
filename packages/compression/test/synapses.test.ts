import { isWeightLayer } from '@spikefit/contracts';
import { crossEntropySum, forward, parameterNames, toTensors, valueAndGradients } from '@spikefit/snn';
import { connectionsPerRow } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  amountLeft,
  eventsPerRow,
  fewestRemovals,
  fillPruned,
  maskParameters,
  orderPlaces,
  removePlaces,
  type ScoreBatch,
  synapseScorers,
} from '../src/index.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

const network = buildNetwork('4C3-BN-LIF-MP2-FC5-LIF-FC3');
const parameters = trainedParameters(network, 5);
const ids = network.layers.filter(isWeightLayer).map(({ id }) => id);

async function score(
  technique: string,
  batchSizes: readonly number[],
  weights?: (id: string, raw: tf.Tensor) => tf.Tensor,
) {
  const tensors = toTensors(parameters);
  const samples = batchSizes.reduce((a, b) => a + b, 0);
  function* batches(): Generator<ScoreBatch> {
    const { input, labels } = exampleBatch(network, samples, 21);
    let from = 0;
    for (const size of batchSizes) {
      yield tf.tidy(() => ({
        input: tf.slice(input, [from, 0, 0, 0], [size, -1, -1, -1]),
        labels: tf.slice(labels, from, size),
      }));
      from += size;
    }
    tf.dispose([input, labels]);
  }
  const scores = await synapseScorers[technique]!({
    network,
    parameters: tensors,
    labels: 'true',
    seed: 1,
    round: 0,
    batches: batches(),
    ...(weights === undefined ? {} : { weights }),
  });
  tf.dispose(tensors);
  return scores;
}

/** ∂L/∂w of every sample of the example, by layer. */
function gradientsPerSample(samples: number): Record<string, Float32Array>[] {
  return tf.tidy(() => {
    const tensors = toTensors(parameters);
    const { input, labels } = exampleBatch(network, samples, 21);
    return Array.from({ length: samples }, (_, sample) => {
      const image = tf.slice(input, [sample, 0, 0, 0], [1, -1, -1, -1]);
      const { gradients } = valueAndGradients(tensors, () => ({
        loss: crossEntropySum(
          forward(network, tensors, image, { training: false }).logits,
          tf.slice(labels, sample, 1),
          network.classes,
        ),
      }));
      return Object.fromEntries(
        ids.map((id) => [id, gradients[parameterNames.weights(id)]!.dataSync<'float32'>()]),
      );
    });
  });
}

describe('scores of synapses', () => {
  const samples = 6;

  it('fsc is ½·E g²·w² and taylor E|g·w|, with the gradients of one sample at a time', async () => {
    const gradients = gradientsPerSample(samples);
    const fisher = await score('fsc', [samples]);
    const taylor = await score('taylor', [samples]);
    for (const id of ids) {
      const weights = parameters[parameterNames.weights(id)]!.data;
      const mean = (of: (g: number) => number, i: number) =>
        gradients.reduce((sum, one) => sum + of(one[id]![i]!), 0) / samples;
      const largest = fisher[id]!.reduce((most, one) => Math.max(most, one), 0);
      expect(largest).toBeGreaterThan(0);
      for (let i = 0; i < weights.length; i += 7) {
        const expected = mean((g) => g ** 2, i) * weights[i]! ** 2 * 0.5;
        expect(Math.abs(fisher[id]![i]! - expected)).toBeLessThan(1e-5 * largest);
        expect(taylor[id]![i]!).toBeCloseTo(mean(Math.abs, i) * Math.abs(weights[i]!), 5);
      }
    }
  });

  it.each(Object.keys(synapseScorers))(
    '%s: one for every weight, never negative, whatever the batches',
    async (technique) => {
      const before = tf.memory().numTensors;
      const whole = await score(technique, [samples]);
      const parts = await score(technique, [1, 2, 3]);
      expect(tf.memory().numTensors).toBe(before);
      for (const id of ids) {
        expect(whole[id]!.length).toBe(parameters[parameterNames.weights(id)]!.data.length);
        expect(whole[id]!.every((value) => value >= 0)).toBe(true);
      }
      expect(parts).toEqual(whole);
    },
  );

  it('magnitude ranks by what is computed with, and equal ones by what they stand for', async () => {
    const scores = await score('magnitude', [1], (_, raw) => tf.sign(raw));
    const weights = parameters[parameterNames.weights('0.conv')]!.data;
    const byScore = [...weights.keys()].sort((a, b) => scores['0.conv']![a]! - scores['0.conv']![b]!);
    const magnitudes = byScore.map((i) => Math.abs(weights[i]!));
    expect(magnitudes.every((one, i) => i === 0 || one >= magnitudes[i - 1]! - 1e-3)).toBe(true);
    expect(scores['0.conv']!.every((one) => one >= 1 && one < 1.001)).toBe(true);
  });
});

describe('the order of removal', () => {
  const keptNow = { a: Uint8Array.of(1, 1, 1, 0, 1, 1), b: Uint8Array.of(1, 1, 1, 1) };
  const scores = { a: Float32Array.of(5, 1, 3, 0, 9, 2), b: Float32Array.of(4, 4, 0, 8) };
  const units = { a: 2, b: 2 };
  const floors = [
    { id: 'a', floor: 3 },
    { id: 'b', floor: 1 },
  ];

  it('takes the least first, ties by position, and stops at the floors', () => {
    const order = orderPlaces({ keptNow, scores, floors, price: null, units });
    // b2 (0), a1 (1), a5 (2), then a is at its floor; b0 and b1 (4).
    expect([...order.positions]).toEqual([8, 1, 5, 6, 7]);
    expect(removePlaces(order, 3)).toEqual({
      a: Uint8Array.of(1, 0, 1, 0, 1, 0),
      b: Uint8Array.of(1, 1, 0, 1),
    });
    expect(fewestRemovals(order, ({ b }) => b![0] === 0)).toBe(4);
    expect(fewestRemovals(order, () => true)).toBe(0);
    expect(fewestRemovals(order, () => false)).toBeNull();
  });

  it('divides scores by what the row of a weight saves', () => {
    const price = { a: [1, 1, 1], b: [100, 1] };
    const order = orderPlaces({ keptNow, scores, floors, price, units });
    expect([...order.positions]).toEqual([8, 6, 7, 1, 5]);
    expect(amountLeft(keptNow, price, units)).toBe(5 + 202);
  });
});

describe('what a weight costs', () => {
  it.each(['5C3-IF-FC3', '4C5-IF-FC3', '6C2-IF-FC3'])(
    'as many operations as events meet it: %s',
    (architecture) => {
      const layers = buildNetwork(architecture).layers.filter(isWeightLayer);
      for (const layer of layers) {
        const [height, width, channels] = layer.inputShape;
        const ones = new Float64Array(height * width * channels).fill(1);
        expect(eventsPerRow(layer, ones)).toEqual(connectionsPerRow(layer));
      }
    },
  );
});

describe('pruned weights', () => {
  const masks = {
    '0.conv': Uint8Array.from(parameters['0.conv/weights']!.data, (_, i) => (i % 3 === 0 ? 1 : 0)),
  };

  it('are 0, and others are as they were', () => {
    const { data } = maskParameters(parameters, masks)['0.conv/weights']!;
    const before = parameters['0.conv/weights']!.data;
    expect(data.every((value, i) => Object.is(value, i % 3 === 0 ? before[i] : 0))).toBe(true);
  });

  it('count as those that are left where levels are counted', () => {
    const { data } = fillPruned(parameters, masks)['0.conv/weights']!;
    const before = parameters['0.conv/weights']!.data;
    const left = new Set(before.filter((_, i) => i % 3 === 0));
    expect(data.every((value, i) => (i % 3 === 0 ? value === before[i] : left.has(value)))).toBe(true);
  });
});
