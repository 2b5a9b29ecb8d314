import type { Network, WeightLayer } from '@spikefit/contracts';
import {
  batchNormEpsilon,
  disposeTensors,
  encodeInput,
  forward,
  type HostParameters,
  parameterNames,
  toTensors,
} from '@spikefit/snn';
import { networkBlocks, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { nearestRank } from '../src/codebooks/assign.ts';
import { clusteredLevels } from '../src/codebooks/clustered-levels.ts';
import { fitAssignments } from '../src/codebooks/fit-assignments.ts';
import { initializeCodebooks } from '../src/codebooks/initialize-codebooks.ts';
import type { LevelGroup } from '../src/codebooks/level-groups.ts';
import { type InputMoments, inputMoments } from '../src/evaluation/input-moments.ts';
import { layerInputs } from '../src/evaluation/layer-inputs.ts';
import type { ScoreBatch } from '../src/index.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

const seeds = [3, 4];
/** Rate encoding is a function of it. */
const drawn = { seed: 1, epoch: 0, batch: 0 };

async function momentsOf(
  network: Network,
  parameters: HostParameters,
): Promise<Record<string, InputMoments>> {
  function* batches(): Generator<ScoreBatch> {
    for (const seed of seeds) yield exampleBatch(network, 4, seed);
  }
  const tensors = toTensors(parameters);
  const moments = await inputMoments({ network, parameters: tensors, batches: batches() });
  disposeTensors(tensors);
  return moments;
}

/** Mean and variance of what the units of a weight layer make of the same samples, without bias. */
function outputsOf(network: Network, parameters: HostParameters, layer: WeightLayer) {
  return tf.tidy(() => {
    const images = tf.concat(seeds.map((seed) => exampleBatch(network, 4, seed).input)) as tf.Tensor4D;
    const tensors = toTensors(parameters);
    const { spikes } = forward(network, tensors, images, { training: false, collectSpikes: true });
    const x = layerInputs(network, spikes!)[layer.id] ?? images;
    const weights = tensors[parameterNames.weights(layer.id)]!;
    const y =
      layer.kind === 'conv'
        ? tf.conv2d(x as tf.Tensor4D, weights as tf.Tensor4D, layer.stride, 'same')
        : tf.matMul(tf.reshape(x, [x.shape[0]!, -1]), weights as tf.Tensor2D);
    const { mean, variance } = tf.moments(tf.reshape(y, [-1, weights.shape.at(-1)!]), 0);
    return { mean: mean.dataSync(), variance: variance.dataSync() };
  });
}

const rowOf = (data: ArrayLike<number>, units: number, unit: number): number[] =>
  Array.from({ length: data.length / units }, (_, i) => data[i * units + unit]!);

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** aᵀΣb. */
const form = ({ covariance }: InputMoments, a: readonly number[], b: readonly number[]): number =>
  dot(
    a,
    a.map((_, i) => dot(covariance.subarray(i * a.length, (i + 1) * a.length), b)),
  );

const explained = (moments: InputMoments, q: readonly number[], w: readonly number[]): number =>
  form(moments, q, w) ** 2 / (form(moments, q, q) * form(moments, w, w));

describe('moments of inputs', () => {
  it.each(['6C3-BN-LIF-MP2-5C3S2-BN-LIF-FC4-BN-LIF-FC3', '6C5S2-BN-LIF-AP2-FC4-BN-IF-FC3'])(
    'give mean and variance of what units of %s send to their batch norm',
    async (architecture) => {
      const network = buildNetwork(architecture, { inputShape: [9, 8, 2] });
      const parameters = trainedParameters(network, 7);
      const moments = await momentsOf(network, parameters);
      const layers = networkBlocks(network).flatMap(({ weight, batchNorm }) => (batchNorm ? [weight] : []));
      expect(Object.keys(moments)).toEqual(layers.map(({ id }) => id));
      for (const layer of layers) {
        const { mean, variance } = outputsOf(network, parameters, layer);
        const { data } = parameters[parameterNames.weights(layer.id)]!;
        expect(Math.max(...variance)).toBeGreaterThan(0.01);
        for (let unit = 0; unit < mean.length; unit++) {
          const row = rowOf(data, mean.length, unit);
          expect(dot(row, moments[layer.id]!.mean)).toBeCloseTo(mean[unit]!, 4);
          expect(form(moments[layer.id]!, row, row)).toBeCloseTo(variance[unit]!, 4);
        }
      }
    },
  );

  it.each<[string, Partial<Parameters<typeof buildNetwork>[1]>]>([
    ['spikes drawn from images', { encoder: 'rate' }],
    ['frames of events', { encoder: 'event' }],
  ])('see %s as the first layer does', async (_, settings) => {
    const network = buildNetwork('6C3-BN-LIF-FC3', { timeSteps: 3, ...settings });
    const stream = randomStream(9, 'encode', 0);
    const input = tf.tensor4d(
      Float32Array.from({ length: 12 * 128 }, () => (stream.uniform() < 0.3 ? 1 : 0)),
      [12, 8, 8, 2],
    );
    const labels = tf.tensor1d([0, 1, 2], 'int32');
    const tensors = toTensors(trainedParameters(network, 7));
    const batch: ScoreBatch = { input, labels, stream: drawn };
    const frames = tf.tidy(() => encodeInput(network, input, drawn));
    const expected = tf.tidy(() => tf.mean(frames).dataSync()[0]!);
    const count = frames.shape[0]!;
    frames.dispose();
    const { mean, rows } = (await inputMoments({ network, parameters: tensors, batches: [batch] }))[
      '0.conv'
    ]!;
    disposeTensors(tensors);
    expect(rows).toBe(count * 64);
    // The tap in the middle of the kernel sees every pixel once.
    const middle = mean.subarray(4 * 2, 5 * 2);
    expect((middle[0]! + middle[1]!) / 2).toBeCloseTo(expected, 5);
  });

  it('are not taken of units with very many inputs', async () => {
    const network = buildNetwork('25C3-BN-LIF-FC4-BN-LIF-FC3');
    expect(Object.keys(await momentsOf(network, trainedParameters(network, 7)))).toEqual(['0.conv']);
  });
});

describe('fitted assignments', () => {
  const network = buildNetwork('6C3-BN-LIF-FC3', { inputShape: [8, 8, 1] });
  const parameters = trainedParameters(network, 7);
  const name = parameterNames.weights('0.conv');
  const { data: weights } = parameters[name]!;
  const units = 6;
  const n = 9;
  /** Neighbours go together, as in images. */
  const smooth: InputMoments = {
    mean: new Float64Array(n).fill(0.4),
    rows: 1000,
    covariance: Float64Array.from(
      { length: n * n },
      (_, at) => 0.1 * 0.95 ** Math.abs(Math.floor(at / n) - (at % n)),
    ),
  };
  const groupOf = (levels: number): LevelGroup =>
    clusteredLevels({ bits: 8 })(
      initializeCodebooks(parameters[name]!, { levels, bits: 8, group: 'layer' }),
      { size: weights.length, frozenDelta: undefined },
    );
  const fit = (group: LevelGroup, moments: InputMoments = smooth) =>
    fitAssignments(network, parameters, { moments: { '0.conv': moments }, levelsOf: () => group });
  const quantized = (group: LevelGroup, row: readonly number[]): number[] =>
    row.map((w) => group.table.values[nearestRank(group.table, w)]!);

  it('keep more of the output of every unit than the nearest levels', async () => {
    const group = groupOf(4);
    const { data } = (await fit(group))[name]!;
    const [before, after] = [0, 0].map((_, which) =>
      Array.from({ length: units }, (__, unit) =>
        explained(
          smooth,
          quantized(group, rowOf(which === 0 ? weights : data, units, unit)),
          rowOf(weights, units, unit),
        ),
      ),
    ) as [number[], number[]];
    for (const [unit, share] of after.entries()) expect(share).toBeGreaterThanOrEqual(before[unit]! - 1e-9);
    const mean = (all: readonly number[]): number => all.reduce((sum, x) => sum + x, 0) / all.length;
    expect(1 - mean(after)).toBeLessThan((1 - mean(before)) / 3);
  });

  it('are nearly the best of all that there are', async () => {
    const group = groupOf(2);
    const { data } = (await fit(group))[name]!;
    for (let unit = 0; unit < units; unit++) {
      const own = rowOf(weights, units, unit);
      let best = 0;
      for (let code = 0; code < 2 ** n; code++) {
        const q = own.map((_, i) => group.table.values[(code >> i) & 1]!);
        if (form(smooth, q, own) > 0) best = Math.max(best, explained(smooth, q, own));
      }
      expect(explained(smooth, quantized(group, rowOf(data, units, unit)), own)).toBeGreaterThan(0.9 * best);
    }
  });

  it('leave mean and variance as batch norm needs them, and all else alone', async () => {
    const group = groupOf(4);
    const before = structuredClone(parameters);
    const next = await fit(group);
    expect(parameters).toEqual(before);
    const [mean, variance] = ['mean', 'variance'].map((kind) => `1.bn/${kind}`) as [string, string];
    for (const [key, tensor] of Object.entries(next))
      if (![name, mean, variance].includes(key)) expect(tensor).toBe(parameters[key]);
    for (let unit = 0; unit < units; unit++) {
      const own = rowOf(weights, units, unit);
      const q = quantized(group, rowOf(next[name]!.data, units, unit));
      // Distance of the running mean from the true one, and the running variance, in sizes of the output.
      const ratio = Math.sqrt(form(smooth, q, q) / form(smooth, own, own));
      const off = parameters[mean]!.data[unit]! - dot(own, smooth.mean);
      expect(next[mean]!.data[unit]).toBeCloseTo(dot(q, smooth.mean) + ratio * off, 2);
      const size = (value: number): number => Math.sqrt(value + batchNormEpsilon);
      expect(size(next[variance]!.data[unit]!) / size(parameters[variance]!.data[unit]!)).toBeCloseTo(
        ratio,
        2,
      );
    }
  });

  it('change nothing where inputs never vary, or too little is known of them', async () => {
    const flat = { ...smooth, covariance: new Float64Array(n * n) };
    expect(await fit(groupOf(4), flat)).toEqual(parameters);
    expect(await fit(groupOf(4), { ...smooth, rows: 4 * n - 1 })).toEqual(parameters);
    expect(await fitAssignments(network, parameters, { moments: {}, levelsOf: () => groupOf(4) })).toEqual(
      parameters,
    );
  });

  it('are the nearest where inputs have nothing to do with one another and levels are the weights', async () => {
    const random = randomStream(5, 'fsc', 0);
    const values = [-1.5, -0.5, 0.5, 1.5];
    const of = {
      ...parameters,
      [name]: { shape: parameters[name]!.shape, data: weights.map(() => values[random.integer(4)]!) },
    };
    const group = clusteredLevels({ bits: 8 })(Float32Array.from(values), {
      size: weights.length,
      frozenDelta: undefined,
    });
    const apart = {
      ...smooth,
      covariance: smooth.covariance.map((_, at) => (at % (n + 1) === 0 ? 0.1 : 0)),
    };
    const next = await fitAssignments(network, of, { moments: { '0.conv': apart }, levelsOf: () => group });
    for (const [i, w] of next[name]!.data.entries()) expect(w).toBeCloseTo(of[name]!.data[i]!, 1);
  });
});
