import * as tf from '@tensorflow/tfjs-core';
import { floatBelow } from './float-below.ts';
import { type LevelGroup, parametersOf } from './level-groups.ts';

/** Plain operations on the rank of every weight's value among its group's, from the lowest. */
export type Groups = readonly LevelGroup[];

/** One number per group, beside weights [..., units]: a scalar, or a value for every unit. */
export const perGroup = (groups: Groups, value: (group: LevelGroup) => number): tf.Tensor =>
  groups.length === 1 ? tf.scalar(value(groups[0]!)) : tf.tensor1d(groups.map(value));

const rankCount = (groups: Groups): number => groups[0]!.codes.length;

/** How many thresholds lie below each weight. A threshold is a double: its float below decides as it does. */
export const ranksOf = (weights: tf.Tensor, groups: Groups): tf.Tensor =>
  tf.tidy(() => {
    let ranks: tf.Tensor = tf.zerosLike(weights);
    for (let rank = 0; rank + 1 < rankCount(groups); rank++) {
      const midpoint = perGroup(groups, ({ table }) => floatBelow(table.midpoints[rank]!));
      ranks = tf.add(ranks, tf.cast(tf.greater(weights, midpoint), 'float32'));
    }
    return ranks;
  });

const isRank = (ranks: tf.Tensor, rank: number): tf.Tensor => tf.cast(tf.equal(ranks, rank), 'float32');

/** A number for every weight by its rank. Exact: of the products of a weight all but one are 0. */
export const byLevel = (
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

/** [G]; the groups are the units of the last axis, or there is one. */
export const sumByGroup = (x: tf.Tensor, groupCount: number): tf.Tensor =>
  tf.sum(tf.reshape(x, [x.size / groupCount, groupCount]), 0);

/** Σ x over the weights of each rank, [G, M]. */
export const sumByRank = (ranks: tf.Tensor, groups: Groups, x: tf.Tensor): tf.Tensor =>
  tf.tidy(() =>
    tf.stack(
      Array.from({ length: rankCount(groups) }, (_, rank) =>
        sumByGroup(tf.mul(x, isRank(ranks, rank)), groups.length),
      ),
      1,
    ),
  );

/**
 * What each parameter [G, K] gets of Σ g and of the number of weights of each rank [G, M]; the formulas stand at
 * `LevelGroup`.
 */
export const parameterGradients = (groups: Groups, sums: tf.Tensor, counts: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    // A level without weights has the sum 0.
    const scaled = tf.div(sums, divisorByRank(groups, tf.maximum(counts, 1)));
    return tf.sum(tf.mul(tf.expandDims(scaled, 2), sharesByRank(groups)), 1);
  });

function divisorByRank(groups: Groups, n: tf.Tensor): tf.Tensor {
  const { gradientScale } = groups[0]!;
  if (gradientScale === 'sum') return tf.onesLike(n);
  return gradientScale === 'mean' ? n : tf.sqrt(tf.mul(n, rankCount(groups)));
}

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
