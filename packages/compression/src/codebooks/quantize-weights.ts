import * as tf from '@tensorflow/tfjs-core';
import { nearestRank } from './assign.ts';
import { levelGradients } from './level-gradients.ts';
import { type LevelGroup, type LevelRule, levelGroups } from './level-groups.ts';
import { hasCodebookKernels, quantizeFused } from './quantize-fused.ts';
import { quantizeOnDevice } from './quantize-on-device.ts';

/** Assignments that no longer change: from here on only the levels learn. */
export interface FrozenCodebook {
  /** Level of every weight, in the order of the weight tensor. */
  readonly assignments: Uint8Array;
  /** Δ of every group. */
  readonly delta: readonly number[];
}

export interface QuantizeOptions {
  readonly rule: LevelRule;
  readonly frozen?: FrozenCodebook | undefined;
  /** The values of the parameters, for backends that cannot be read within a computation. */
  readonly latents?: Float32Array | undefined;
}

/**
 * ŵ = Δ·z of the level of every weight, for raw weights [..., units] and a technique's parameters [G, K] (G = units for
 * `channel` groups, else 1). Gradients, with g that of ŵ:
 * - ∂L/∂w = f·g where lowest ≤ w ≤ highest, else 0; 0 when frozen; f the level's factor, 1 for most techniques;
 * - ∂L/∂p from Σ g over the weights of each level, see `LevelGroup`: rounding to codes is straight through.
 */
export function quantizeWeights(raw: tf.Tensor, parameters: tf.Tensor, options: QuantizeOptions): tf.Tensor {
  if (options.latents !== undefined) return quantizeOnDevice(raw, parameters, options.latents, options);
  if (hasCodebookKernels()) return quantizeFused(raw, parameters, options);
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
  return op(raw, parameters);
}

interface QuantizedState {
  readonly values: Float32Array;
  readonly assignments: Uint8Array;
  readonly groups: readonly LevelGroup[];
  /** Weights per (group, level). */
  readonly counts: Float64Array;
}

function quantize(
  data: Float32Array,
  parameters: tf.Tensor,
  { rule, frozen }: QuantizeOptions,
): QuantizedState {
  const groupCount = parameters.shape[0]!;
  const groups = levelGroups(
    parameters.dataSync() as Float32Array,
    groupCount,
    data.length,
    rule,
    frozen?.delta,
  );
  const count = groups[0]!.codes.length;
  const tables = groups.map(({ codes, delta }) => Float32Array.from(codes, (code) => delta * code));
  const values = new Float32Array(data.length);
  const assignments = frozen?.assignments ?? new Uint8Array(data.length);
  const counts = new Float64Array(groupCount * count);
  for (let i = 0; i < data.length; i++) {
    const g = i % groupCount;
    if (frozen === undefined) {
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
  { frozen }: QuantizeOptions,
): [toWeights: Float32Array, toParameters: Float32Array] {
  const count = groups[0]?.codes.length ?? 0;
  const toWeights = new Float32Array(data.length);
  const sums = new Float64Array(groups.length * count);
  const products = new Float64Array(groups.length);
  for (let i = 0; i < data.length; i++) {
    const g = i % groups.length;
    const k = assignments[i]!;
    sums[g * count + k]! += gradient[i]!;
    const { lowest, highest, weightFactors } = groups[g]!;
    if (frozen !== undefined || data[i]! < lowest || data[i]! > highest) continue;
    toWeights[i] = gradient[i]! * (weightFactors?.[k] ?? 1);
    products[g]! += gradient[i]! * data[i]!;
  }
  return [toWeights, levelGradients(groups, { sums, counts, products })];
}
