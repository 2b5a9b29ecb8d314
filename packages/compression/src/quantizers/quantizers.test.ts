import '@tensorflow/tfjs-backend-cpu';
import '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeCodebooks } from '../codebooks/layer-codebook.ts';
import { quantizeWeights } from '../codebooks/quantize-weights.ts';
import { differentiableKMeans } from './differentiable-k-means.ts';
import { kMeans } from './k-means.ts';
import { learnedStepSize } from './learned-step-size.ts';
import type { Quantizer, QuantizerOptions } from './quantizer.ts';
import { quantizers } from './quantizers.ts';
import { trainedTernary } from './trained-ternary.ts';
import { weightSharing } from './weight-sharing.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const optionsFor = (levels: number, more: Partial<QuantizerOptions> = {}): QuantizerOptions => ({
  levels,
  bits: 8,
  group: 'layer',
  gradientScale: 'sqrt',
  pinZero: false,
  recenter: false,
  temperature: 0.1,
  ...more,
});

/** ŵ of weights [N, 1] and the gradients for the given one of ŵ. */
function run(
  { levels }: Quantizer,
  options: QuantizerOptions,
  weights: number[],
  parameter: number[],
  g: number[],
) {
  return tf.tidy(() => {
    const raw = tf.tensor2d(weights, [weights.length, 1]);
    const own = tf.tensor2d(parameter, [1, parameter.length]);
    const rule = levels(options);
    const { value, grads } = tf.valueAndGrads((w, p) => quantizeWeights(w!, p!, { rule }))(
      [raw, own],
      tf.tensor2d(g, [g.length, 1]),
    );
    return {
      values: [...value.dataSync()],
      toWeights: [...grads[0]!.dataSync()],
      toParameter: [...grads[1]!.dataSync()],
    };
  });
}

const column = (values: number[]) => ({ shape: [values.length, 1], data: Float32Array.from(values) });

describe('learned step size', () => {
  it('has the literal values and gradients of LSQ: −2s, −s, 0, s of four levels', () => {
    // s = 0.5: v = −3, −0.8, 0.2, 0.6, 5.
    const { values, toWeights, toParameter } = run(
      learnedStepSize,
      optionsFor(4),
      [-1.5, -0.4, 0.1, 0.3, 2.5],
      [0.5],
      [1, 2, 4, 8, 16],
    );
    expect(values).toEqual([-1, -0.5, 0, 0.5, 0.5]);
    expect(toWeights).toEqual([0, 2, 4, 8, 0]);
    // z beyond the range, z − v within it; N = 5, Q_P = 1.
    const expected = 1 * -2 + 2 * (-1 + 0.8) + 4 * (0 - 0.2) + 8 * (1 - 0.6) + 16 * 1;
    expect(toParameter[0]).toBeCloseTo(expected / Math.sqrt(5), 5);
  });

  it.each([
    [2, [-1, 1]],
    [3, [-1, 0, 1]],
    [4, [-2, -1, 0, 1]],
    [5, [-2, -1, 0, 1, 2]],
    [16, Array.from({ length: 16 }, (_, k) => k - 8)],
  ])('of %d levels has the codes %j', (levels, codes) => {
    const { groups } = describeCodebooks(
      { fc: column([-1, 1]) },
      { fc: Float32Array.of(0.25) },
      { group: 'layer', rule: learnedStepSize.levels(optionsFor(levels)) },
    ).fc!;
    expect([...groups[0]!.codes]).toEqual(codes);
    expect(groups[0]!.delta).toBe(0.25);
  });

  it('starts at 2·mean|w|/√Q_P in every group', () => {
    const weights = [{ shape: [2, 2], data: Float32Array.of(1, -4, -3, 4) }];
    const start = learnedStepSize.initialize(weights, optionsFor(16, { group: 'channel' }));
    expect([...start]).toEqual([4 / Math.sqrt(7), 8 / Math.sqrt(7)].map(Math.fround));
  });

  it('keeps its step above 0', () => {
    expect(run(learnedStepSize, optionsFor(4), [1, -1], [-3], [0, 0]).values[0]).toBeGreaterThan(0);
  });
});

describe('k-means after training', () => {
  it('takes the centres of least squares and every weight its nearest', () => {
    const weights = column([-1, -0.8, 0.1, 0.2, 2]);
    const options = optionsFor(3);
    const levels = kMeans.initialize([weights], options);
    [-0.9, 0.15, 2].forEach((center, k) => {
      expect(levels[k]).toBeCloseTo(center, 6);
    });
    const { assignments } = describeCodebooks(
      { fc: weights },
      { fc: levels },
      { group: 'layer', rule: kMeans.levels(options) },
    ).fc!;
    expect([...assignments]).toEqual([0, 0, 1, 1, 2]);
    expect(kMeans.training).toBeNull();
  });
});

describe.each(Object.entries(quantizers))('%s', (_, quantizer) => {
  it.each(['layer', 'channel', 'network'] as const)('has M codes in each group of %s', (group) => {
    const options = optionsFor(3, { group, bits: 5 });
    const data = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * i) / 3);
    const tensor = { shape: [20, 3], data };
    const own = quantizer.initialize([tensor], options);
    const id = group === 'network' ? 'network' : 'fc';
    const { groups, assignments } = describeCodebooks(
      { fc: tensor },
      { [id]: own },
      { group, rule: quantizer.levels(options) },
    ).fc!;
    expect(groups).toHaveLength(group === 'channel' ? 3 : 1);
    for (const { codes } of groups) {
      expect(new Set(codes).size).toBe(3);
      expect(codes.every((code) => code >= -16 && code <= 15)).toBe(true);
    }
    expect(new Set(assignments).size).toBe(3);
  });
});

describe('trained ternary quantisation', () => {
  it('has the literal values and gradients of the paper', () => {
    // max|w| = 2, so the threshold is 0.1; Wn = 1, Wp = 1.5. Codes have 8 bits: Δ = 1.5/127.
    const { values, toWeights, toParameter } = run(
      trainedTernary,
      optionsFor(3),
      [-2, -0.05, 0.09, 0.3],
      [-1, 0, 1.5, 2],
      [1, 2, 4, 8],
    );
    expect(values[0]).toBeCloseTo(-1, 2);
    expect(values.slice(1, 3)).toEqual([0, 0]);
    expect(values[3]).toBeCloseTo(1.5, 6);
    expect(toWeights[0]).toBeCloseTo(1, 2);
    expect(toWeights.slice(1, 3)).toEqual([2, 4]);
    expect(toWeights[3]).toBeCloseTo(12, 5);
    expect(toParameter).toEqual([1, 0, 8, 0]);
  });

  it('has a threshold that follows the largest weight', () => {
    const followed = tf.tidy(() => [
      ...trainedTernary.training!.follow!(
        tf.tensor2d([-3, 1], [2, 1]),
        tf.tensor2d([-1, 0, 1, 2], [1, 4]),
        optionsFor(3),
      ).dataSync(),
    ]);
    expect(followed).toEqual([-1, 0, 1, 3]);
  });
});

describe('weight sharing', () => {
  it('sums the gradients of each centroid, and lets every weight move', () => {
    const { toWeights, toParameter } = run(
      weightSharing,
      optionsFor(2),
      [-9, -0.9, 1.1, 1],
      [-1, 1],
      [1, 2, 4, 8],
    );
    expect(toWeights).toEqual([1, 2, 4, 8]);
    expect(toParameter).toEqual([3, 12]);
  });
});

describe('differentiable k-means', () => {
  const options = optionsFor(3, { temperature: 0.5 });
  const start = [-1, 0.1, 1.2];
  const weights = [-1.3, -0.7, -0.1, 0.25, 0.9, 1.6];
  const soft = (w: number[]): number[] =>
    tf.tidy(() => [
      ...differentiableKMeans
        .training!.soften!.weights(
          tf.tensor2d(w, [w.length, 1]),
          tf.tensor2d(start, [1, 3]),
          options,
          undefined,
        )
        .dataSync(),
    ]);

  it('has the derivative of its soft means, by finite differences', () => {
    const g = [0.3, -1, 0.7, 2, -0.4, 1.1];
    const [gradient] = tf.tidy(() => {
      const grads = tf.grads((raw, held) =>
        differentiableKMeans.training!.soften!.weights(raw!, held!, options, undefined),
      )([tf.tensor2d(weights, [6, 1]), tf.tensor2d(start, [1, 3])], tf.tensor2d(g, [6, 1]));
      return grads.map((one) => [...one.dataSync()]);
    });
    const step = 1e-2;
    weights.forEach((_, i) => {
      const moved = (by: number) => soft(weights.map((w, j) => (j === i ? w + by : w)));
      const [above, below] = [moved(step), moved(-step)];
      const expected = g.reduce((sum, one, j) => sum + (one * (above[j]! - below[j]!)) / (2 * step), 0);
      expect(gradient![i]).toBeCloseTo(expected, 2);
    });
  });

  it('has centroids that end at the means of well parted weights', () => {
    let own = start;
    for (let round = 0; round < 20; round++) {
      own = tf.tidy(() => [
        ...differentiableKMeans.training!.follow!(
          tf.tensor2d([-2, -1.9, 0, 0.1, 3, 3.1], [6, 1]),
          tf.tensor2d(own, [1, 3]),
          optionsFor(3, { temperature: 0.01 }),
        ).dataSync(),
      ]);
    }
    [-1.95, 0.05, 3.05].forEach((center, k) => {
      expect(own[k]).toBeCloseTo(center, 3);
    });
  });
});
