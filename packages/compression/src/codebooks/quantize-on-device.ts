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

type Groups = readonly LevelGroup[];

/** One number per group, beside weights [..., units]: a scalar, or a value for every unit. */
const perGroup = (groups: Groups, value: (group: LevelGroup) => number): tf.Tensor =>
  groups.length === 1 ? tf.scalar(value(groups[0]!)) : tf.tensor1d(groups.map(value));

const rankCount = (groups: Groups): number => groups[0]!.codes.length;

/** How many thresholds lie below each weight. A threshold is a double: its float below decides as it does. */
const ranksOf = (weights: tf.Tensor, groups: Groups): tf.Tensor =>
  tf.tidy(() => {
    let ranks: tf.Tensor = tf.zerosLike(weights);
    for (let rank = 0; rank + 1 < rankCount(groups); rank++) {
      const midpoint = perGroup(groups, ({ table }) => floatBelow(table.midpoints[rank]!));
      ranks = tf.add(ranks, tf.cast(tf.greater(weights, midpoint), 'float32'));
    }
    return ranks;
  });

function frozenRanks(assignments: Uint8Array, groups: Groups, shape: number[]): tf.Tensor {
  const rankOf = groups.map(({ table }) => Array.from(table.order, (_, k) => table.order.indexOf(k)));
  const ranks = Float32Array.from(assignments, (k, i) => rankOf[i % groups.length]![k]!);
  return tf.tensor(ranks, shape);
}

const isRank = (ranks: tf.Tensor, rank: number): tf.Tensor => tf.cast(tf.equal(ranks, rank), 'float32');

/** Exact: of the products of a weight all but one are 0. */
const byLevel = (
  ranks: tf.Tensor,
  groups: Groups,
  value: (group: LevelGroup, rank: number) => number,
): tf.Tensor =>
  tf.tidy(() => {
    let values: tf.Tensor = tf.zerosLike(ranks);
    for (let rank = 0; rank < rankCount(groups); rank++) {
      const own = perGroup(groups, (group) => value(group, rank));
      values = tf.add(values, tf.mul(isRank(ranks, rank), own));
    }
    return values;
  });

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
  const count = rankCount(groups);
  return tf.tidy(() => {
    /** By group and rank, [G, M]. */
    const sumByRank = (summand: (member: tf.Tensor) => tf.Tensor): tf.Tensor =>
      tf.stack(
        Array.from({ length: count }, (_, rank) => sumByGroup(summand(isRank(ranks, rank)), groups.length)),
        1,
      );
    const { gradientScale } = groups[0]!;
    const divisor = (n: tf.Tensor): tf.Tensor => {
      if (gradientScale === 'sum') return tf.onesLike(n);
      return gradientScale === 'mean' ? n : tf.sqrt(tf.mul(n, count));
    };
    const sums = sumByRank((member) => tf.mul(dy, member));
    const counts = sumByRank((member) => member);
    // A level without weights has the sum 0.
    const scaled = tf.div(sums, divisor(tf.maximum(counts, 1)));
    const ofLevels = tf.sum(tf.mul(tf.expandDims(scaled, 2), sharesByRank(groups)), 1);
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

/** [G]; the groups are the units of the last axis, or there is one. */
const sumByGroup = (x: tf.Tensor, groupCount: number): tf.Tensor =>
  tf.sum(tf.reshape(x, [x.size / groupCount, groupCount]), 0);

/** [G, rank, K]: what each parameter gets of the level that has the rank. */
function sharesByRank(groups: Groups): tf.Tensor {
  const width = parametersOf(groups[0]!);
  return tf.tensor3d(
    groups.map(({ table, shares }) =>
      Array.from(table.order, (level) =>
        Array.from({ length: width }, (_, j) =>
          shares === undefined ? (j === level ? 1 : 0) : shares[level * width + j]!,
        ),
      ),
    ),
  );
}
