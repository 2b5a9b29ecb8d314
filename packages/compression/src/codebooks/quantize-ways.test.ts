import '@tensorflow/tfjs-backend-cpu';
import '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import { registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { clusteredLevels } from './clustered-levels.ts';
import { type QuantizeOptions, quantizeWeights } from './quantize-weights.ts';

beforeAll(() => {
  registerNativeBackend({ threads: 2 });
});

const normals = (length: number, seed: number): Float32Array => {
  const stream = randomStream(seed, 'init', 0);
  return Float32Array.from({ length }, () => stream.normal());
};

interface Case {
  readonly shape: number[];
  readonly levels: Float32Array;
  readonly groups: number;
  readonly options: QuantizeOptions;
}

type Way = 'host' | 'device' | 'fused';

async function run({ shape, levels, groups, options }: Case, way: Way) {
  await tf.setBackend(way === 'fused' ? 'native' : 'cpu');
  return tf.tidy(() => {
    const size = tf.util.sizeFromShape(shape);
    const raw = tf.tensor(normals(size, 1), shape);
    const latent = tf.tensor2d(levels, [groups, levels.length / groups]);
    const all = { ...options, latents: way === 'device' ? levels : undefined };
    const upstream = tf.tensor(normals(size, 2), shape);
    const { value, grads } = tf.valueAndGrads((w, c) => quantizeWeights(w!, c!, all))(
      [raw, latent],
      upstream,
    );
    return { values: value.dataSync(), toWeights: grads[0]!.dataSync(), toLevels: grads[1]!.dataSync() };
  });
}

const rule = clusteredLevels({ bits: 8 });
const four = Float32Array.of(0.3, -1.2, 1.4, -0.1);
/** The third level has no weight, the last two collide before they are moved apart. */
const starved = Float32Array.of(-1, 0, 9, 9);
const assignments = (count: number, size: number) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 7) % count);

/** Codes −128 … 127 in steps of 1/64, each latent level of one magnitude. */
const grid256 = Float32Array.from({ length: 256 }, (_, k) => (2 * Math.sign(k - 128) * 127) / 128);

const cases: Record<string, Case> = {
  'one codebook': { shape: [3, 3, 2, 5], levels: four, groups: 1, options: { rule } },
  'a flat tensor of one group': {
    shape: [90],
    levels: four,
    groups: 1,
    options: { rule },
  },
  'a level without weights': { shape: [9, 5], levels: starved, groups: 1, options: { rule } },
  summed: {
    shape: [9, 5],
    levels: four,
    groups: 1,
    options: { rule: clusteredLevels({ bits: 8, gradientScale: 'sum' }) },
  },
  averaged: {
    shape: [9, 5],
    levels: four,
    groups: 1,
    options: { rule: clusteredLevels({ bits: 8, gradientScale: 'mean' }) },
  },
  'a codebook per channel': { shape: [3, 3, 2, 5], levels: normals(15, 3), groups: 5, options: { rule } },
  'one unit': { shape: [9, 1], levels: four, groups: 1, options: { rule } },
  frozen: {
    ...{ shape: [9, 5], levels: four, groups: 1 },
    options: { rule, frozen: { assignments: assignments(4, 45), delta: [0.011] } },
  },
  'frozen per channel': {
    ...{ shape: [9, 5], levels: normals(15, 4), groups: 5 },
    options: {
      rule,
      frozen: { assignments: assignments(3, 45), delta: [0.01, 0.02, 0.03, 0.01, 0.02] },
    },
  },
  'every code of 8 bits used, and frozen': {
    ...{ shape: [90, 5], levels: grid256, groups: 1 },
    options: { rule, frozen: { assignments: assignments(256, 450), delta: [0.01] } },
  },
  'every code of 8 bits used': { shape: [90, 5], levels: grid256, groups: 1, options: { rule } },
  'every code used': {
    ...{ shape: [9, 5], levels: Float32Array.of(-0.7, -0.7, 0, 0.7), groups: 1 },
    options: { rule: clusteredLevels({ bits: 2 }) },
  },
  'every code used, per channel': {
    ...{ shape: [9, 2], levels: Float32Array.of(-0.7, -0.7, 0, 0.7, -1, -1, 0, 1), groups: 2 },
    options: { rule: clusteredLevels({ bits: 2 }) },
  },
  'every code used, frozen': {
    ...{ shape: [9, 5], levels: Float32Array.of(-0.7, -0.7, 0, 0.7), groups: 1 },
    options: {
      rule: clusteredLevels({ bits: 2 }),
      frozen: { assignments: assignments(4, 45), delta: [0.6] },
    },
  },
};

describe.each(['device', 'fused'] as const)('quantised by %s operations', (way) => {
  it.each(Object.entries(cases))('%s: as on the host', async (_, one) => {
    const host = await run(one, 'host');
    const other = await run(one, way);
    expect(new Set(host.values).size).toBeGreaterThan(1);
    expect(other.values).toBeCloseToArray(host.values, { absolute: 0, relative: 0 });
    expect(other.toWeights).toBeCloseToArray(host.toWeights, { absolute: 0, relative: 0 });
    expect(other.toLevels).toBeCloseToArray(host.toLevels, { absolute: 1e-6, relative: 1e-5 });
  });
});
