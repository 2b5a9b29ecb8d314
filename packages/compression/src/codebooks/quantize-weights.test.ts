import '@tensorflow/tfjs-backend-cpu';
// Its import also registers the gradients of plain operations.
import { type AdamMoments, defaultAdam, updateAdam } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredLevels } from './clustered-levels.ts';
import { initializeCodebooks } from './initialize-codebooks.ts';
import { codebookRows, describeCodebooks, freezeCodebooks } from './layer-codebook.ts';
import { type CodebookGroup, codebookId } from './options.ts';
import { pullGradient } from './pull-gradient.ts';
import { quantizeLayers } from './quantize-layers.ts';
import { type FrozenCodebook, quantizeWeights } from './quantize-weights.ts';
import { snapCodes } from './snap-codes.ts';

const normals = (length: number, seed: number): Float32Array => {
  const stream = randomStream(seed, 'init', 0);
  return Float32Array.from({ length }, () => stream.normal());
};
/** ŵ and the gradients for an upstream gradient of `upstream`. */
const run = (
  raw: { shape: number[]; data: Float32Array },
  levels: { shape: [number, number]; data: Float32Array },
  options: Parameters<typeof quantizeWeights>[2],
  upstream: Float32Array,
) =>
  tf.tidy(() => {
    const weights = tf.tensor(raw.data.slice(), raw.shape);
    const latent = tf.tensor2d(levels.data.slice(), levels.shape);
    const loss = (w: tf.Tensor, c: tf.Tensor) =>
      tf.sum(tf.mul(quantizeWeights(w, c, options), tf.tensor(upstream.slice(), raw.shape))) as tf.Scalar;
    const [toWeights, toLevels] = tf.grads(loss)([weights, latent]);
    return {
      values: Float32Array.from(quantizeWeights(weights, latent, options).dataSync()),
      toWeights: Float32Array.from(toWeights!.dataSync()),
      toLevels: Float32Array.from(toLevels!.dataSync()),
    };
  });

describe('quantised weights', () => {
  const raw = { shape: [4, 1], data: Float32Array.of(-3, -0.4, 0.6, 1.2) };
  const levels = { shape: [1, 3] as [number, number], data: Float32Array.of(-1, 0, 1) };

  it('have the literal values and gradients of the formulas', () => {
    const { values, toWeights, toLevels } = run(
      raw,
      levels,
      { rule: clusteredLevels({ bits: 8 }) },
      Float32Array.of(1, 2, 4, 8),
    );
    expect([...values]).toEqual([-1, 0, 1, 1]);
    // δ is the mean distance, 1: −3 lies below −2 and gets no gradient.
    expect([...toWeights]).toEqual([0, 2, 4, 8]);
    [1 / Math.sqrt(3), 2 / Math.sqrt(3), 12 / Math.sqrt(6)].forEach((g, k) => {
      expect(toLevels[k]).toBeCloseTo(g, 6);
    });
  });

  it('sum or average the gradient of a level on request', () => {
    const upstream = Float32Array.of(1, 2, 4, 8);
    expect([
      ...run(raw, levels, { rule: clusteredLevels({ bits: 8, gradientScale: 'sum' }) }, upstream).toLevels,
    ]).toEqual([1, 2, 12]);
    expect([
      ...run(raw, levels, { rule: clusteredLevels({ bits: 8, gradientScale: 'mean' }) }, upstream).toLevels,
    ]).toEqual([1, 2, 6]);
  });

  it('keep frozen assignments and step, and then only the levels learn', () => {
    const frozen = { assignments: Uint8Array.of(2, 2, 0, 1), delta: [0.25] };
    const moved = { ...levels, data: Float32Array.of(-1.1, 0.1, 1.3) };
    const { values, toWeights, toLevels } = run(
      raw,
      moved,
      { rule: clusteredLevels({ bits: 8, gradientScale: 'sum' }), frozen },
      Float32Array.of(1, 2, 4, 8),
    );
    expect([...values]).toEqual([1.25, 1.25, -1, 0]);
    expect([...toWeights]).toEqual([0, 0, 0, 0]);
    expect([...toLevels]).toEqual([4, 8, 3]);
  });

  it('send gradients to the latent level also where levels have crossed', () => {
    const crossed = { ...levels, data: Float32Array.of(1, 0, -1) };
    const { values, toLevels } = run(
      raw,
      crossed,
      { rule: clusteredLevels({ bits: 8, gradientScale: 'sum' }) },
      Float32Array.of(1, 2, 4, 8),
    );
    expect([...values]).toEqual([-1, 0, 1, 1]);
    expect([...toLevels]).toEqual([12, 2, 1]);
  });

  it('keep the gradient of a weight beside the lowest stored value, which no latent level is as low as', () => {
    // Δ = 0.1, stored −0.2 … 0.1, δ = 0.1: the range is −0.3 … 0.2.
    const grid = { shape: [1, 4] as [number, number], data: Float32Array.of(-0.1, -0.1, 0, 0.1) };
    const weights = { shape: [5, 1], data: Float32Array.of(-0.31, -0.29, -0.19, 0.19, 0.21) };
    const { values, toWeights } = run(
      weights,
      grid,
      { rule: clusteredLevels({ bits: 2 }) },
      new Float32Array(5).fill(1),
    );
    expect(values[2]).toBeCloseTo(-0.2, 6);
    expect([...toWeights]).toEqual([0, 1, 1, 1, 0]);
  });
});

describe('a grid (M = 2^bits)', () => {
  const weights = { shape: [64, 1], data: normals(64, 3) };
  const gridOf = (bits: number) => {
    const data = initializeCodebooks(weights, { levels: 2 ** bits, bits, group: 'layer' });
    return { shape: [1, 2 ** bits] as [number, number], data };
  };

  it.each([2, 3, 4])('of %d bits has the gradient of finite differences, to either side', (bits) => {
    const upstream = normals(64, 4);
    const grid = gridOf(bits);
    const options = { rule: clusteredLevels({ bits, gradientScale: 'sum' }) };
    const { toLevels, values } = run(weights, grid, options, upstream);
    const start = snapCodes(grid.data, bits);
    // Assignments stay; only Δ moves, with all latent levels together.
    const lossAt = (step: number) => {
      const moved = grid.data.map((c) => c + Math.sign(c) * step);
      const { delta } = snapCodes(moved, bits);
      return values.reduce((sum, value, i) => sum + (upstream[i]! * value * delta) / start.delta, 0);
    };
    for (const step of [-1e-2, 1e-2]) {
      const expected = (lossAt(step) - lossAt(0)) / step;
      for (const [k, gradient] of toLevels.entries())
        expect(gradient).toBeCloseTo(Math.sign(grid.data[k]!) * expected, 3);
    }
  });

  it.each([2, 3, 4])('of %d bits grows and shrinks alike under Adam', (bits) => {
    const stepsOf = (direction: 1 | -1): number[] => {
      const { shape, data } = gridOf(bits);
      const parameters = { levels: tf.tensor2d(data.slice(), shape) as tf.Tensor };
      const moments: AdamMoments = { first: {}, second: {} };
      const deltas: number[] = [];
      // One weight far above the grid has the highest code throughout, so the gradient is the same at every step.
      const far = { shape: [1, 1], data: Float32Array.of(100) };
      const upstream = Float32Array.of(-direction);
      for (let step = 1; step <= 12; step++) {
        const levels = Float32Array.from(parameters.levels.dataSync());
        deltas.push(snapCodes(levels, bits).delta);
        const { toLevels } = run(far, { shape, data: levels }, { rule: clusteredLevels({ bits }) }, upstream);
        tf.tidy(() => {
          updateAdam(
            parameters,
            moments,
            { levels: tf.tensor2d(toLevels, shape) },
            {
              ...defaultAdam,
              learningRate: data.at(-1)! / 100,
              weightDecay: 0,
              step,
            },
          );
        });
      }
      const levels = Float32Array.from(parameters.levels.dataSync());
      deltas.push(snapCodes(levels, bits).delta);
      // Every latent level that is not 0 has kept the one magnitude that Δ is read from.
      const magnitudes = new Set(levels.map(Math.abs).filter((c) => c !== 0));
      expect(magnitudes.size).toBe(1);
      tf.dispose([parameters.levels, ...Object.values(moments.first), ...Object.values(moments.second)]);
      return deltas.slice(1).map((delta, i) => delta - deltas[i]!);
    };
    const grown = stepsOf(1);
    const shrunk = stepsOf(-1);
    for (const [i, step] of grown.entries()) {
      expect(step).toBeGreaterThan(0);
      expect(Math.abs(step + shrunk[i]!)).toBeLessThan(0.01 * step);
    }
  });

  it('that is frozen does not learn at all', () => {
    const grid = gridOf(2);
    const frozen = { assignments: new Uint8Array(64).map((_, i) => i % 4), delta: [0.5] };
    const { values, toLevels } = run(
      weights,
      grid,
      { rule: clusteredLevels({ bits: 2 }), frozen },
      new Float32Array(64).fill(1),
    );
    expect([...values.subarray(0, 4)]).toEqual([-1, -0.5, 0, 0.5]);
    expect([...toLevels]).toEqual([0, 0, 0, 0]);
  });
});

describe.each<CodebookGroup>(['layer', 'channel', 'network'])('codebooks per %s', (group) => {
  const weights = {
    '0.conv': { shape: [3, 3, 2, 5], data: normals(90, 1) },
    '3.fc': { shape: [20, 4], data: normals(80, 2) },
  };
  const options = { levels: 4, bits: 5, group };
  const rule = clusteredLevels({ bits: 5 });
  const ids = [...new Set(Object.keys(weights).map((id) => codebookId(group, id)))];
  const start = Object.fromEntries(
    ids.map((id) => [
      id,
      initializeCodebooks(group === 'network' ? Object.values(weights) : weights[id as '3.fc'], options),
    ]),
  );
  const shapeOf = (id: string): [number, number] => [start[id]!.length / 4, 4];
  const quantised = (levels: Record<string, Float32Array>, frozen?: Record<string, FrozenCodebook>) =>
    tf.tidy(() => {
      const raw = Object.fromEntries(
        Object.entries(weights).map(([id, { shape, data }]) => [id, tf.tensor(data.slice(), shape)]),
      );
      const latent = Object.fromEntries(ids.map((id) => [id, tf.tensor2d(levels[id]!.slice(), shapeOf(id))]));
      const result = quantizeLayers(raw, latent, group, (w, c, id) =>
        quantizeWeights(w, c, { rule, frozen: frozen?.[id] }),
      );
      return Object.fromEntries(
        Object.entries(result).map(([id, tensor]) => [
          id,
          { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
        ]),
      );
    });
  const rebuilt = (codebooks: ReturnType<typeof describeCodebooks>) =>
    Object.fromEntries(
      Object.entries(codebooks).map(([id, { groups, assignments }]) => [
        id,
        Float32Array.from(assignments, (k, i) => {
          const { codes, delta } = groups[groups.length === 1 ? 0 : i % groups.length]!;
          return delta * codes[k]!;
        }),
      ]),
    );

  it('are described exactly as the network computes with them', () => {
    const described = describeCodebooks(weights, start, { group, rule });
    const values = quantised(start);
    for (const [id, data] of Object.entries(rebuilt(described))) expect(values[id]!.data).toEqual(data);
    for (const { groups } of Object.values(described)) {
      for (const { codes } of groups) expect([...codes]).toEqual([...codes].sort((a, b) => a - b));
    }
    expect(values['0.conv']!.shape).toEqual([3, 3, 2, 5]);
  });

  it('stay as they were frozen when raw weights and levels move on', () => {
    const frozen = freezeCodebooks(weights, start, { group, rule });
    const before = describeCodebooks(weights, start, { group, rule });
    const moved = Object.fromEntries(
      Object.entries(start).map(([id, levels]) => [id, levels.map((c, k) => c + (k % 2 === 0 ? 0.2 : -0.2))]),
    );
    const values = quantised(moved, frozen);
    const described = describeCodebooks(weights, moved, { group, rule, frozen });
    for (const [id, data] of Object.entries(rebuilt(described))) expect(values[id]!.data).toEqual(data);
    for (const [id, { groups }] of Object.entries(described)) {
      expect(groups.map(({ delta }) => delta)).toEqual(before[id]!.groups.map(({ delta }) => delta));
    }
  });

  it('count every weight in their rows', () => {
    const rows = codebookRows(describeCodebooks(weights, start, { group, rule }));
    const total = rows.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
    expect(total).toBe(170);
    expect(rows.length).toBe(group === 'channel' ? 9 : 2);
    expect(rows.every(({ levels, codes }) => levels === 4 && codes.length === 4)).toBe(true);
  });

  it('have gradients of their own shapes', () => {
    tf.tidy(() => {
      const raw = Object.values(weights).map(({ shape, data }) => tf.tensor(data.slice(), shape));
      const latent = ids.map((id) => tf.tensor2d(start[id]!.slice(), shapeOf(id)));
      const gradients = tf.grads((...inputs: tf.Tensor[]) => {
        const result = quantizeLayers(
          { '0.conv': inputs[0]!, '3.fc': inputs[1]! },
          Object.fromEntries(ids.map((id, i) => [id, inputs[2 + i]!])),
          group,
          (w, c) => quantizeWeights(w, c, { rule }),
        );
        return tf.add(tf.sum(tf.square(result['0.conv']!)), tf.sum(result['3.fc']!)) as tf.Scalar;
      })([...raw, ...latent]);
      expect(gradients.map(({ shape }) => shape)).toEqual([...raw, ...latent].map(({ shape }) => shape));
      expect(gradients.every((gradient) => gradient.dataSync().some((g) => g !== 0))).toBe(true);
    });
  });
});

describe('the pull', () => {
  it('has the gradient of λ·mean (w − ŵ)²', () => {
    tf.tidy(() => {
      const gradient = pullGradient(tf.tensor1d([1, 2]), tf.tensor1d([0.5, 4]), 0.5);
      expect([...gradient.dataSync()]).toEqual([0.25, -1]);
    });
  });
});
