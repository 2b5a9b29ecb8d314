import * as tf from '@tensorflow/tfjs-core';
import { nearestRank } from './assign.ts';
import { levelGradients } from './level-gradients.ts';
import { gradientRange, type LevelGroup, levelGroups } from './level-groups.ts';
import type { CodebookGroup } from './options.ts';
import { hasCodebookKernels, quantizeFused } from './quantize-fused.ts';
import { quantizeOnDevice } from './quantize-on-device.ts';

/** Assignments that no longer change: from here on only the levels learn. */
export interface FrozenCodebook {
  /** Latent level of every weight, in the order of the weight tensor. */
  readonly assignments: Uint8Array;
  /** Δ of every group. */
  readonly delta: readonly number[];
}

export interface QuantizeOptions {
  readonly bits: number;
  readonly group: CodebookGroup;
  readonly frozen?: FrozenCodebook | undefined;
  /** What Σ gᵢ of a level is divided by: √(n_k·M) (default), nothing, or n_k. */
  readonly gradientScale?: 'sqrt' | 'sum' | 'mean' | undefined;
  /** The values of the levels, for backends that cannot be read within a computation. */
  readonly latents?: Float32Array | undefined;
}

/**
 * ŵ = Δ·z of the nearest level, for raw weights [..., units] and latent levels [G, M] (G = units for `channel` groups,
 * else 1). Gradients as in docs/method.md:
 * - ∂L/∂w = g where c₁ − δ ≤ w ≤ c_M + δ, else 0; 0 when frozen. c₁ and c_M are the lowest and highest stored value
 *   Δ·z, δ is one mean distance of the stored values;
 * - ∂L/∂c_k = Σ g over the weights of level k, divided by √(n_k·M): rounding to codes is straight through.
 *   With M = 2^bits the codes cannot move and only Δ learns, from Σ_k z_k Σ g, until it is frozen; then nothing does.
 *   Δ is max|c| / (2^(bits−1) − 1), and all latent levels but 0 have one magnitude (see `initializeCodebooks`). Each
 *   gets the derivative to that magnitude, with its own sign: whatever an optimiser makes of gradients element by
 *   element, they move as one, and Δ grows as readily as it shrinks.
 */
export function quantizeWeights(raw: tf.Tensor, levels: tf.Tensor, options: QuantizeOptions): tf.Tensor {
  if (options.latents !== undefined) return quantizeOnDevice(raw, levels, options.latents, options);
  if (hasCodebookKernels()) return quantizeFused(raw, levels, options);
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, latent] = args as [tf.Tensor, tf.Tensor];
    const data = weights.dataSync() as Float32Array;
    const state = quantize(data, latent, options);
    return {
      value: tf.tensor(state.values, weights.shape, 'float32'),
      gradFunc: (dy: tf.Tensor) => {
        const gradient = dy.dataSync() as Float32Array;
        const [toWeights, toLevels] = backward(data, gradient, state, options);
        return [tf.tensor(toWeights, weights.shape, 'float32'), tf.tensor(toLevels, latent.shape, 'float32')];
      },
    };
  });
  return op(raw, levels);
}

interface QuantizedState {
  readonly values: Float32Array;
  readonly assignments: Uint8Array;
  readonly groups: readonly LevelGroup[];
  /** Weights per (group, level). */
  readonly counts: Float64Array;
}

function quantize(data: Float32Array, levels: tf.Tensor, options: QuantizeOptions): QuantizedState {
  const [groupCount, count] = levels.shape as [number, number];
  const groups = levelGroups(levels.dataSync() as Float32Array, groupCount, options);
  const tables = groups.map(({ codes, delta }) => Float32Array.from(codes, (code) => delta * code));
  const values = new Float32Array(data.length);
  const assignments = options.frozen?.assignments ?? new Uint8Array(data.length);
  const counts = new Float64Array(groupCount * count);
  for (let i = 0; i < data.length; i++) {
    const g = i % groupCount;
    if (options.frozen === undefined) {
      const { table } = groups[g]!;
      assignments[i] = table.order[nearestRank(table, data[i]!)]!;
    }
    const k = assignments[i]!;
    values[i] = tables[g]![k]!;
    counts[g * count + k]! += 1;
  }
  return { values, assignments, groups, counts };
}

function backward(
  data: Float32Array,
  gradient: Float32Array,
  { assignments, groups, counts }: QuantizedState,
  options: QuantizeOptions,
): [toWeights: Float32Array, toLevels: Float32Array] {
  const count = groups[0]?.codes.length ?? 0;
  const ranges = groups.map(gradientRange);
  const toWeights = new Float32Array(data.length);
  const sums = new Float64Array(groups.length * count);
  for (let i = 0; i < data.length; i++) {
    const g = i % groups.length;
    sums[g * count + assignments[i]!]! += gradient[i]!;
    const { lowest, highest } = ranges[g]!;
    if (options.frozen === undefined && data[i]! >= lowest && data[i]! <= highest)
      toWeights[i] = gradient[i]!;
  }
  return [toWeights, levelGradients(groups, sums, counts, data.length, options)];
}
