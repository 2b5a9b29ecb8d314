import * as tf from '@tensorflow/tfjs-core';
import { floatAbove, floatBelow } from './float-below.ts';
import {
  hasProductShares,
  hasWeightFactors,
  type LevelGroup,
  levelGroups,
  parametersOf,
} from './level-groups.ts';
import type { QuantizeOptions } from './quantize-weights.ts';
import {
  byLevel,
  type Groups,
  parameterGradients,
  perGroup,
  ranksOf,
  sumByGroup,
  sumByRank,
} from './rank-operations.ts';

/**
 * `quantizeWeights` from plain operations, for backends that cannot be read within a computation. The parameters' values
 * are given, the weights stay where they are. Values are the same bits, sums may differ in the last ones.
 *
 * Everything goes by the rank of a group's value, from the lowest; M − 1 comparisons find that of every weight.
 * @param latents the values of `parameters` [G, K]
 */
export function quantizeOnDevice(
  raw: tf.Tensor,
  parameters: tf.Tensor,
  latents: Float32Array,
  { rule, frozen }: QuantizeOptions,
): tf.Tensor {
  const groups = levelGroups(latents, parameters.shape[0]!, raw.size, rule, frozen?.delta);
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, , save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const ranks = frozen ? frozenRanks(frozen.assignments, groups, weights.shape) : ranksOf(weights, groups);
    save([weights, ranks]);
    return {
      value: byLevel(ranks, groups, ({ table }, rank) => table.values[rank]!),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [w, r] = saved as [tf.Tensor, tf.Tensor];
        return [toWeights(w, dy, r, groups, frozen), toParameters(w, dy, r, groups, frozen)];
      },
    };
  });
  return op(raw, parameters);
}

function frozenRanks(assignments: Uint8Array, groups: Groups, shape: number[]): tf.Tensor {
  const rankOf = groups.map(({ table }) => Array.from(table.order, (_, k) => table.order.indexOf(k)));
  const ranks = Float32Array.from(assignments, (k, i) => rankOf[i % groups.length]![k]!);
  return tf.tensor(ranks, shape);
}

type Frozen = QuantizeOptions['frozen'];

/** g from the lowest to the highest weight that gets one, else 0. */
function inRange(weights: tf.Tensor, dy: tf.Tensor, groups: Groups): tf.Tensor {
  const low = perGroup(groups, ({ lowest }) => floatAbove(lowest));
  const high = perGroup(groups, ({ highest }) => floatBelow(highest));
  const isInside = tf.logicalAnd(tf.greaterEqual(weights, low), tf.lessEqual(weights, high));
  return tf.mul(dy, tf.cast(isInside, 'float32'));
}

function toWeights(
  weights: tf.Tensor,
  dy: tf.Tensor,
  ranks: tf.Tensor,
  groups: Groups,
  frozen: Frozen,
): tf.Tensor {
  if (frozen !== undefined) return tf.zerosLike(weights);
  return tf.tidy(() => {
    const gradient = inRange(weights, dy, groups);
    if (!hasWeightFactors(groups)) return gradient;
    const factor = ({ weightFactors, table }: LevelGroup, rank: number) =>
      weightFactors?.[table.order[rank]!] ?? 1;
    return tf.mul(gradient, byLevel(ranks, groups, factor));
  });
}

function toParameters(
  weights: tf.Tensor,
  dy: tf.Tensor,
  ranks: tf.Tensor,
  groups: Groups,
  frozen: Frozen,
): tf.Tensor {
  return tf.tidy(() => {
    const counts = sumByRank(ranks, groups, tf.onesLike(dy));
    const ofLevels = parameterGradients(groups, sumByRank(ranks, groups, dy), counts);
    if (frozen !== undefined || !hasProductShares(groups)) return ofLevels;
    const products = sumByGroup(tf.mul(inRange(weights, dy, groups), weights), groups.length);
    const shares = tf.tensor2d(
      groups.map(({ productShare = 0 }) =>
        Array.from({ length: parametersOf(groups[0]!) }, (_, j) => (j === 0 ? productShare : 0)),
      ),
    );
    return tf.add(ofLevels, tf.mul(tf.expandDims(products, 1), shares));
  });
}
