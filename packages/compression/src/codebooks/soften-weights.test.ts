import '@tensorflow/tfjs-backend-cpu';
import '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import { registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clusteredLevels } from './clustered-levels.ts';
import type { LevelRule } from './level-groups.ts';
import { quantizeWeights } from './quantize-weights.ts';
import { softenWeights } from './soften-weights.ts';

beforeAll(() => {
  registerNativeBackend({ threads: 2 });
});
beforeEach(async () => {
  await tf.setBackend('cpu');
});

/** Levels that are their own values, without codes to round to: what derivatives can be measured of. */
const exactLevels: LevelRule = (latent) => ({
  codes: Int8Array.from(latent, (_, k) => k),
  delta: 1,
  table: {
    order: Uint8Array.from(latent, (_, k) => k),
    values: latent,
    midpoints: Float64Array.from(latent.subarray(1), (value, k) => (value + latent[k]!) / 2),
  },
  lowest: -2,
  highest: 5,
  gradientScale: 'sum',
});

interface Case {
  readonly weights: readonly number[];
  readonly levels: readonly number[];
  readonly temperature: number;
  readonly rule?: LevelRule;
  readonly groups?: number;
  readonly g?: readonly number[];
  readonly onDevice?: boolean;
}

function run({ weights, levels, temperature, rule = exactLevels, groups = 1, g, onDevice = false }: Case) {
  return tf.tidy(() => {
    const raw = tf.tensor2d([...weights], [weights.length / groups, groups]);
    const own = tf.tensor2d([...levels], [groups, levels.length / groups]);
    const latents = onDevice ? Float32Array.from(levels) : undefined;
    const { value, grads } = tf.valueAndGrads((w, c) =>
      softenWeights(w!, c!, { rule, temperature, latents }),
    )([raw, own], tf.tensor2d([...(g ?? weights.map(() => 1))], raw.shape as [number, number]));
    return {
      values: [...value.dataSync()],
      toWeights: [...grads[0]!.dataSync()],
      toLevels: [...grads[1]!.dataSync()],
    };
  });
}

const normals = (length: number, seed: number): number[] => {
  const stream = randomStream(seed, 'init', 0);
  return Array.from({ length }, () => stream.normal());
};

describe('soft assignments', () => {
  it('have the literal values and gradients of the mixture', () => {
    // τ = ½, so a = 1: u = ¼, ½ and ½, then a weight below all levels and one beyond what gets a gradient.
    const { values, toWeights, toLevels } = run({
      weights: [0.25, 0.5, 2, -1, 9],
      levels: [0, 1, 3],
      temperature: 0.5,
      g: [1, 2, 4, 8, 16],
    });
    const p = 0.5 * (1 - Math.tanh(0.5) / Math.tanh(1));
    const s = (1 - Math.tanh(0.5) ** 2) / Math.tanh(1);
    const middle = 1 / Math.tanh(1);
    expect(values).toBeCloseToArray([p, 0.5, 2, 0, 3], { absolute: 1e-6, relative: 0 });
    expect(p).toBeCloseTo(0.19661, 5);
    expect(toWeights).toBeCloseToArray([s, 2 * middle, 4 * middle, 8, 0], { absolute: 1e-5, relative: 0 });
    const half = 0.5 - middle / 2;
    expect(toLevels).toBeCloseToArray(
      [1 - p - 0.75 * s + 2 * half + 8, p - 0.25 * s + 2 * half + 4 * half, 4 * half + 16],
      { absolute: 1e-5, relative: 0 },
    );
  });

  it.each([0.05, 0.3, 2])(
    'at τ = %d have the derivatives of their values, by finite differences',
    (temperature) => {
      const levels = [-1, -0.2, 0.5, 1.4];
      const weights = normals(12, 5).map((x) => Math.max(-0.97, Math.min(1.37, x)));
      const g = normals(12, 6);
      const { toWeights, toLevels } = run({ weights, levels, temperature, g });
      const objective = (w: number[], c: number[]) =>
        run({ weights: w, levels: c, temperature }).values.reduce((sum, value, i) => sum + g[i]! * value, 0);
      const step = 1e-3;
      const difference = (at: number[], i: number, evaluate: (x: number[]) => number) => {
        const moved = (by: number) => evaluate(at.map((x, j) => (j === i ? x + by : x)));
        return (moved(step) - moved(-step)) / (2 * step);
      };
      for (const i of weights.keys())
        expect(toWeights[i]).toBeCloseTo(
          difference(weights, i, (w) => objective(w, levels)),
          1,
        );
      for (const k of levels.keys())
        expect(toLevels[k]).toBeCloseTo(
          difference(levels, k, (c) => objective(weights, c)),
          1,
        );
    },
  );

  it('are continuous where pairs change, and leave levels where they are at any temperature', () => {
    for (const temperature of [0.01, 0.5, 10]) {
      const at = (w: number) => run({ weights: [w], levels: [-1, 0, 3], temperature }).values[0]!;
      for (const level of [-1, 0, 3]) {
        expect(at(level)).toBeCloseTo(level, 6);
        expect(at(level - 1e-6)).toBeCloseTo(at(level + 1e-6), 3);
      }
    }
  });

  it('go from the weights themselves to the nearest level, in units of the distance of levels', () => {
    const weights = [-0.9, -0.4, 0.2, 0.45, 0.7, 2.9];
    const levels = [-1, 0, 1, 3];
    expect(run({ weights, levels, temperature: 10 }).values).toBeCloseToArray(weights, {
      absolute: 1e-2,
      relative: 0,
    });
    expect(run({ weights, levels, temperature: 0.01 }).values).toBeCloseToArray([-1, 0, 0, 0, 1, 3], {
      absolute: 1e-3,
      relative: 0,
    });
    const scaled = (by: number) =>
      run({ weights: weights.map((w) => w * by), levels: levels.map((c) => c * by), temperature: 0.3 })
        .values;
    expect(scaled(1024)).toEqual(scaled(1).map((value) => value * 1024));
  });

  it.each([2, 3, 4, 16, 255])('of %d levels at the end of the phase are nearly what is stored', (count) => {
    const rule = clusteredLevels({ bits: 8 });
    const weights = normals(200, 1);
    const levels = Array.from({ length: count }, (_, k) => (3 * (2 * k + 1 - count)) / count);
    const { values } = run({ weights, levels, temperature: 1e-4, rule });
    const hard = tf.tidy(() =>
      quantizeWeights(tf.tensor2d(weights, [200, 1]), tf.tensor2d(levels, [1, count]), { rule }).dataSync(),
    );
    const apart = values.filter((value, i) => Math.abs(value - hard[i]!) > 1e-3);
    // Of so many weights one may lie just halfway.
    expect(apart.length).toBeLessThanOrEqual(1);
  });

  it('hold a pinned zero, and divide the gradient of a level by its share of weights', () => {
    const weights = [-0.6, -0.1, 0.2, 0.9];
    const levels = [-1, 0, 1];
    const pinned = run({
      weights,
      levels,
      temperature: 0.5,
      rule: clusteredLevels({ bits: 8, pinZero: true }),
    });
    const sum = run({
      weights,
      levels,
      temperature: 0.5,
      rule: clusteredLevels({ bits: 8, gradientScale: 'sum', pinZero: true }),
    });
    expect(pinned.toLevels[1]).toBe(0);
    expect(sum.toLevels[1]).toBe(0);
    // The shares of the lowest level add up to less than one weight, which then counts as one.
    expect(pinned.toLevels[0]).toBeCloseTo(sum.toLevels[0]! / Math.sqrt(3), 5);
    expect(pinned.toLevels[2]).toBeCloseTo(
      sum.toLevels[2]! / Math.sqrt(Math.max(1, upperShares(weights)) * 3),
      4,
    );
  });
});

/** Σ p of the weights from 0 to 1, at τ = ½. */
const upperShares = (weights: readonly number[]): number =>
  weights.filter((w) => w > 0).reduce((sum, u) => sum + 0.5 * (1 + Math.tanh(2 * u - 1) / Math.tanh(1)), 0);

describe('soft assignments by every kind of operation', () => {
  const cases: Record<string, Omit<Case, 'temperature'>> = {
    'one codebook': { weights: normals(90, 1), levels: [0.3, -1.2, 1.4, -0.1] },
    'two levels': { weights: normals(90, 1), levels: [0.3, -1.2] },
    'a codebook per channel': { weights: normals(90, 1), levels: normals(15, 3), groups: 5 },
    'every code used': {
      weights: normals(90, 1),
      levels: [-0.7, -0.7, 0, 0.7],
      rule: clusteredLevels({ bits: 2 }),
    },
  };

  it.each(Object.entries(cases))('%s: the same', async (_, one) => {
    const all = { rule: clusteredLevels({ bits: 8 }), ...one, temperature: 0.3, g: normals(90, 2) };
    const host = run(all);
    expect(new Set(host.values).size).toBeGreaterThan(10);
    expect(run({ ...all, onDevice: true })).toEqual(host);
    await tf.setBackend('native');
    const before = tf.memory().numTensors;
    const fused = run(all);
    expect(tf.memory().numTensors).toBe(before);
    expect(fused.values).toBeCloseToArray(host.values, { absolute: 1e-6, relative: 1e-6 });
    expect(fused.toWeights).toBeCloseToArray(host.toWeights, { absolute: 1e-5, relative: 1e-5 });
    expect(fused.toLevels).toBeCloseToArray(host.toLevels, { absolute: 1e-5, relative: 1e-4 });
  });
});
