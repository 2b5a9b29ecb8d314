import '@tensorflow/tfjs-backend-cpu';
import '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeCodebooks } from '../codebooks/layer-codebook.ts';
import { quantizeWeights } from '../codebooks/quantize-weights.ts';
import { kMeans } from './k-means.ts';
import { learnedStepSize } from './learned-step-size.ts';
import type { Quantizer, QuantizerOptions } from './quantizer.ts';
import { quantizers } from './quantizers.ts';

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
