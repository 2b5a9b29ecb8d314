import {
  batchNormEpsilon,
  crossEntropySum,
  forward,
  parameterNames,
  toTensors,
  valueAndGradients,
} from '@spikefit/snn';
import { networkBlocks, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  neuronScorers,
  normalizeScores,
  type ScoreBatch,
  type ScoringInput,
  summedLayerInputs,
  unitScorers,
} from '../src/index.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

const network = buildNetwork('6C3-BN-LIF-MP2-5C3-BN-LIF-FC7-LIF-FC3');
const parameters = trainedParameters(network, 5);

const common = { network, labels: 'true', seed: 1, round: 0 } as const;

async function score(
  batchSizes: readonly number[],
  {
    samples = 12,
    technique = 'fsc',
    ...options
  }: Partial<ScoringInput> & { samples?: number; technique?: string } = {},
) {
  const tensors = toTensors(parameters);
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
    input.dispose();
    labels.dispose();
  }
  const scores = await unitScorers[technique]!({
    ...common,
    parameters: tensors,
    batches: batches(),
    ...options,
  });
  tf.dispose(tensors);
  return scores;
}

describe('Fisher Spike Contribution', () => {
  it('does not depend on how samples are batched: gradients are per sample', async () => {
    const whole = await score([12]);
    const singly = await score(new Array<number>(12).fill(1));
    const mixed = await score([5, 4, 3]);
    expect(Object.keys(whole)).toEqual(['0.conv', '4.conv', '7.fc']);
    for (const [id, values] of Object.entries(whole)) {
      expect(values.some((value) => value > 0)).toBe(true);
      values.forEach((value, unit) => {
        expect(singly[id]![unit]! / Math.max(value, 1e-12)).toBeCloseTo(value === 0 ? 0 : 1, 3);
        expect(mixed[id]![unit]! / Math.max(value, 1e-12)).toBeCloseTo(value === 0 ? 0 : 1, 3);
      });
    }
  });

  it('of the last hidden layer is what the read-out says by hand', async () => {
    // ∂L/∂s(t) = W·(softmax − label)/T at every step, so Σ_t s·∂L/∂s = (spikes of the sample)/T · that.
    const { '7.fc': scores } = await score([12]);
    const expected = tf.tidy(() => {
      const { input, labels } = exampleBatch(network, 12, 21);
      const { logits, spikes } = forward(network, toTensors(parameters), input, {
        training: false,
        collectSpikes: true,
      });
      const rates = tf.mean(tf.reshape(spikes!['8.lif']!, [network.timeSteps, 12, 7]), 0);
      const residual = tf.sub(tf.softmax(logits), tf.oneHot(labels, 3, 1, 0, 'float32'));
      const weights = parameters[parameterNames.weights('9.fc')]!;
      const upstream = tf.matMul(residual, tf.transpose(tf.tensor2d(weights.data.slice(), [7, 3])));
      return [...tf.mul(tf.mean(tf.square(tf.mul(rates, upstream)), 0), 0.5).dataSync()];
    });
    expected.forEach((value, unit) => {
      expect(scores![unit]!).toBeCloseTo(value, 7);
    });
  });

  it('of a silent unit is 0', async () => {
    const beta = parameters[parameterNames.beta('1.bn')]!.data;
    const gamma = parameters[parameterNames.gamma('1.bn')]!.data;
    const saved = [beta[2]!, gamma[2]!] as const;
    [beta[2], gamma[2]] = [-100, 0.01];
    const scores = await score([12]);
    [beta[2], gamma[2]] = saved;
    expect(scores['0.conv']![2]).toBe(0);
    expect(scores['0.conv']!.filter((value) => value > 0).length).toBeGreaterThan(2);
  });

  it('sees the weights that the quantiser gives', async () => {
    const tensors = toTensors(parameters);
    const scores = await unitScorers.fsc!({
      ...common,
      parameters: tensors,
      batches: [exampleBatch(network, 4, 2)],
      weights: (id, raw) => (id === '9.fc' ? tf.zerosLike(raw) : raw),
    });
    tf.dispose(tensors);
    for (const values of Object.values(scores)) expect([...values].every((value) => value === 0)).toBe(true);
  });

  it('is no squared mean gradient: the two rank units differently or at other scale', async () => {
    const scores = await score([12]);
    const squaredMean = tf.tidy(() => {
      const { input, labels } = exampleBatch(network, 12, 21);
      const gate = tf.ones([12, 7]) as tf.Tensor2D;
      const { gradients } = valueAndGradients({ gate }, () => ({
        loss: crossEntropySum(
          forward(network, toTensors(parameters), input, { training: false, gates: { '8.lif': gate } })
            .logits,
          labels,
          3,
        ),
      }));
      return [...tf.mul(tf.square(tf.mean(gradients.gate!, 0)), 0.5).dataSync()];
    });
    squaredMean.forEach((value, unit) => {
      expect(value).toBeLessThanOrEqual(scores['7.fc']![unit]! + 1e-9);
    });
    expect(squaredMean.some((value, unit) => value < 0.9 * scores['7.fc']![unit]!)).toBe(true);
  });
});

describe('the other scores', () => {
  const ids = ['0.conv', '4.conv', '7.fc'];

  it('give a number of at least 0 for every unit, however samples are batched', async () => {
    for (const technique of Object.keys(unitScorers)) {
      const whole = await score([12], { technique });
      const mixed = await score([5, 4, 3], { technique });
      expect(Object.keys(whole), technique).toEqual(ids);
      expect(
        Object.values(whole).map(({ length }) => length),
        technique,
      ).toEqual([6, 5, 7]);
      for (const [id, values] of Object.entries(whole)) {
        values.forEach((value, unit) => {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(mixed[id]![unit]!, technique).toBeCloseTo(value, 5);
        });
      }
    }
  });

  it('Taylor: the mean magnitude, at most the root of twice FSC', async () => {
    const fsc = await score([12]);
    const taylor = await score([12], { technique: 'taylor' });
    for (const id of ids)
      taylor[id]!.forEach((value, unit) => {
        expect(value ** 2).toBeLessThanOrEqual(2 * fsc[id]![unit]! * (1 + 1e-6));
      });
    expect(taylor['7.fc']!.some((value) => value > 0)).toBe(true);
  });

  it('magnitude: the mean |w| of the weights that the quantiser gives, as neurons get them', async () => {
    const scores = await score([12], { technique: 'magnitude', weights: (_, raw) => tf.mul(raw, 2) });
    for (const { weight, batchNorm } of networkBlocks(network).slice(0, -1)) {
      const { data, shape } = parameters[parameterNames.weights(weight.id)]!;
      const units = shape.at(-1)!;
      const of = (name: string, unit: number): number => parameters[name]!.data[unit]!;
      for (let unit = 0; unit < units; unit++) {
        const own = data.filter((_, i) => i % units === unit);
        const mean = own.reduce((sum, w) => sum + 2 * Math.abs(w), 0) / own.length;
        const norm =
          batchNorm === null
            ? 1
            : Math.abs(of(parameterNames.gamma(batchNorm.id), unit)) /
              Math.sqrt(of(parameterNames.variance(batchNorm.id), unit) + batchNormEpsilon);
        expect(scores[weight.id]![unit]).toBeCloseTo(mean * norm, 5);
      }
    }
  });

  it('spike count and singular values: of a unit with one neuron both are its rate', async () => {
    const count = await score([12], { technique: 'spike-count' });
    const singular = await score([12], { technique: 'svs' });
    singular['7.fc']!.forEach((value, unit) => {
      expect(value).toBeCloseTo(count['7.fc']![unit]!, 5);
    });
    // Of a map the sum of singular values is at least its Frobenius norm: above the rate of all its neurons together.
    singular['0.conv']!.forEach((value, unit) => {
      if (count['0.conv']![unit]! > 0) expect(value).toBeGreaterThan(count['0.conv']![unit]!);
    });
  });

  it('chance: a function of seed and round alone', async () => {
    const one = await score([12], { technique: 'random' });
    expect(await score([6, 6], { technique: 'random' })).toEqual(one);
    expect(await score([12], { technique: 'random', round: 1 })).not.toEqual(one);
    expect(await score([12], { technique: 'random', seed: 2 })).not.toEqual(one);
  });

  it('sampled labels: seeded, and not the true ones', async () => {
    const own = await score([12]);
    const sampled = await score([12], { labels: 'sampled' });
    expect(await score([12], { labels: 'sampled' })).toEqual(sampled);
    expect(await score([12], { labels: 'sampled', seed: 2 })).not.toEqual(sampled);
    expect(sampled).not.toEqual(own);
  });

  it('by layer: each layer has the norm 1, and a silent one stays', () => {
    const scores = { a: Float64Array.of(3, 4), b: new Float64Array(2) };
    expect(normalizeScores(scores, 'layer')).toEqual({
      a: Float64Array.of(0.6, 0.8),
      b: new Float64Array(2),
    });
    expect(normalizeScores(scores, 'none')).toBe(scores);
  });
});

describe('the inputs of the layers', () => {
  it('are the events behind the pools, counted over time and batch', () => {
    const net = buildNetwork('4C3-LIF-MP2-5C3-LIF-AP2-FC3', { inputShape: [6, 4, 1] });
    const stream = randomStream(2, 'encode', 0);
    const random = (length: number) => Float32Array.from({ length }, () => (stream.uniform() < 0.3 ? 1 : 0));
    const frames = 5;
    const first = random(frames * 6 * 4 * 4);
    const second = random(frames * 3 * 2 * 5);
    const counted = tf.tidy(() => {
      const spikes = {
        '1.lif': tf.tensor(first, [frames, 6, 4, 4]),
        '4.lif': tf.tensor(second, [frames, 3, 2, 5]),
      };
      const inputs = summedLayerInputs(net, spikes);
      return Object.fromEntries(Object.entries(inputs).map(([id, tensor]) => [id, [...tensor.dataSync()]]));
    });
    const windows = (
      data: Float32Array,
      [h, w, c]: [number, number, number],
      fold: (four: number[]) => number,
    ) => {
      const out = new Array<number>(Math.floor(h / 2) * Math.floor(w / 2) * c).fill(0);
      for (let f = 0; f < frames; f++)
        for (let y = 0; y + 1 < h; y += 2)
          for (let x = 0; x + 1 < w; x += 2)
            for (let k = 0; k < c; k++) {
              const at = (dy: number, dx: number) => data[((f * h + y + dy) * w + x + dx) * c + k]!;
              out[((y / 2) * Math.floor(w / 2) + x / 2) * c + k]! += fold([
                at(0, 0),
                at(0, 1),
                at(1, 0),
                at(1, 1),
              ]);
            }
      return out;
    };
    expect(counted['3.conv']).toEqual(windows(first, [6, 4, 4], (four) => Math.max(...four)));
    expect(counted['6.fc']).toEqual(windows(second, [3, 2, 5], (four) => (four.some((s) => s > 0) ? 1 : 0)));
    expect(networkBlocks(net).map(({ weight }) => weight.id)).toEqual(['0.conv', '3.conv', '6.fc']);
  });
});

describe('scores of single neurons', () => {
  const net = buildNetwork('3C3-BN-LIF-AP2-FC3', { inputShape: [5, 6, 2] });
  const host = trainedParameters(net, 9);
  const samples = 8;
  const present = Float32Array.from({ length: 5 * 6 * 3 }, (_, i) => (i % 4 === 0 ? 0 : 1));

  async function scoreNeurons(technique: string, batchSizes: readonly number[] = [samples]) {
    const tensors = {
      ...toTensors(host),
      [parameterNames.present('2.lif')]: tf.tensor3d(present.slice(), [5, 6, 3]),
    };
    function* batches(): Generator<ScoreBatch> {
      const { input, labels } = exampleBatch(net, samples, 21);
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
    const scores = await neuronScorers[technique]!({
      ...common,
      network: net,
      unit: 'neuron',
      parameters: tensors,
      batches: batches(),
    });
    tf.dispose(tensors);
    expect(Object.keys(scores)).toEqual(['0.conv']);
    return scores['0.conv']!;
  }

  /**
   * By hand: s(t) reaches the logits through its window's mean and W, so ∂L/∂s(t) = W·(softmax − label)/(4·T) at every step, and
   * Σ_t s·∂L/∂s is the neuron's rate times a quarter of what its window's input gets. Rates [samples][neuron].
   */
  function byHand(): { rates: number[][]; gradients: number[][] } {
    return tf.tidy(() => {
      const { input, labels } = exampleBatch(net, samples, 21);
      const parametersNow = {
        ...toTensors(host),
        [parameterNames.present('2.lif')]: tf.tensor3d(present.slice(), [5, 6, 3]),
      };
      const { logits, spikes } = forward(net, parametersNow, input, { training: false, collectSpikes: true });
      const rates = tf.mean(tf.reshape(spikes!['2.lif']!, [net.timeSteps, samples, 90]), 0);
      const residual = tf.sub(tf.softmax(logits), tf.oneHot(labels, 3, 1, 0, 'float32'));
      const upstream = tf.matMul(residual, tf.transpose(parametersNow['4.fc/weights']! as tf.Tensor2D));
      const perInput = upstream.arraySync() as number[][];
      const fired = rates.arraySync() as number[][];
      return {
        rates: fired,
        gradients: fired.map((own, sample) =>
          own.map((rate, neuron) => {
            const [y, x, c] = [Math.floor(neuron / 18), Math.floor(neuron / 3) % 6, neuron % 3];
            // Five rows fill two windows: the last row reaches nothing.
            return y < 4
              ? (rate * perInput[sample]![(Math.floor(y / 2) * 3 + Math.floor(x / 2)) * 3 + c]!) / 4
              : 0;
          }),
        ),
      };
    });
  }

  const meanOf = (values: number[][], neuron: number, of: (value: number) => number) =>
    values.reduce((sum, own) => sum + of(own[neuron]!), 0) / samples;

  it('fsc is ½·E(Σ_t s·∂L/∂s)², taylor E|Σ_t s·∂L/∂s|, spike-count the rate, as by hand', async () => {
    const { rates, gradients } = byHand();
    const [fsc, taylor, count] = [
      await scoreNeurons('fsc'),
      await scoreNeurons('taylor'),
      await scoreNeurons('spike-count'),
    ];
    expect(fsc.length).toBe(90);
    expect(fsc.filter((value) => value > 0).length).toBeGreaterThan(20);
    for (let neuron = 0; neuron < 90; neuron++) {
      expect(fsc[neuron]!).toBeCloseTo(
        meanOf(gradients, neuron, (g) => g ** 2 / 2),
        7,
      );
      expect(taylor[neuron]!).toBeCloseTo(meanOf(gradients, neuron, Math.abs), 6);
      expect(count[neuron]!).toBeCloseTo(
        meanOf(rates, neuron, (rate) => rate),
        6,
      );
      if (present[neuron] === 0) expect([fsc[neuron], taylor[neuron], count[neuron]]).toEqual([0, 0, 0]);
    }
  });

  it.each(Object.keys(neuronScorers))('%s: never negative, whatever the batches', async (technique) => {
    const before = tf.memory().numTensors;
    const whole = await scoreNeurons(technique);
    const parts = await scoreNeurons(technique, [1, 3, 4]);
    expect(tf.memory().numTensors).toBe(before);
    whole.forEach((value, neuron) => {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(parts[neuron]!).toBeCloseTo(value, 6);
    });
  });
});
