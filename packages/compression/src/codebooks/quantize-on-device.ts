import * as tf from '@tensorflow/tfjs-core';
import { codeRange, usesEveryCode } from './code-range.ts';
import { floatAbove, floatBelow } from './float-below.ts';
import { gradientRange, type LevelGroup, levelGroups } from './level-groups.ts';
import type { QuantizeOptions } from './quantize-weights.ts';

/**
 * `quantizeWeights` from plain operations, for backends that cannot be read within a computation. The levels' values are
 * given, the weights stay where they are. Values are the same bits, sums may differ in the last ones.
 *
 * Everything goes by the rank of a group's value, from the lowest; M − 1 comparisons find that of every weight.
 * @param latents the values of `levels` [G, M]
 */
export function quantizeOnDevice(
  raw: tf.Tensor,
  levels: tf.Tensor,
  latents: Float32Array,
  options: QuantizeOptions,
): tf.Tensor {
  const groups = levelGroups(latents, levels.shape[0]!, options);
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, latent, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const ranks = options.frozen
      ? frozenRanks(options.frozen.assignments, groups, weights.shape)
      : ranksOf(weights, groups);
    save([weights, latent, ranks]);
    return {
      value: valuesOf(ranks, groups),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [w, c, r] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [toWeights(w, dy, groups, options), toLevels(c, dy, r, groups, options)];
      },
    };
  });
  return op(raw, levels);
}

type Groups = readonly LevelGroup[];

/** One number per group, beside weights [..., units]: a scalar, or a value for every unit. */
const perGroup = (groups: Groups, value: (group: LevelGroup) => number): tf.Tensor =>
  groups.length === 1 ? tf.scalar(value(groups[0]!)) : tf.tensor1d(groups.map(value));

const rankCount = (groups: Groups): number => groups[0]!.codes.length;

/** How many midpoints lie below each weight. A midpoint is a double: its float below decides as it does. */
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
const valuesOf = (ranks: tf.Tensor, groups: Groups): tf.Tensor =>
  tf.tidy(() => {
    let values: tf.Tensor = tf.zerosLike(ranks);
    for (let rank = 0; rank < rankCount(groups); rank++) {
      const value = perGroup(groups, ({ table }) => table.values[rank]!);
      values = tf.add(values, tf.mul(isRank(ranks, rank), value));
    }
    return values;
  });

/** g within one mean distance of the lowest and the highest value, else 0. */
function toWeights(
  weights: tf.Tensor,
  dy: tf.Tensor,
  groups: Groups,
  { frozen }: QuantizeOptions,
): tf.Tensor {
  if (frozen !== undefined) return tf.zerosLike(weights);
  return tf.tidy(() => {
    const low = perGroup(groups, (group) => floatAbove(gradientRange(group).lowest));
    const high = perGroup(groups, (group) => floatBelow(gradientRange(group).highest));
    const isInside = tf.logicalAnd(tf.greaterEqual(weights, low), tf.lessEqual(weights, high));
    return tf.mul(dy, tf.cast(isInside, 'float32'));
  });
}

function toLevels(
  latent: tf.Tensor,
  dy: tf.Tensor,
  ranks: tf.Tensor,
  groups: Groups,
  { bits, frozen, gradientScale = 'sqrt' }: QuantizeOptions,
): tf.Tensor {
  const count = rankCount(groups);
  const isGrid = usesEveryCode(count, bits);
  if (isGrid && frozen !== undefined) return tf.zerosLike(latent);
  return tf.tidy(() => {
    /** By group and rank, [G, M]. */
    const sumByRank = (summand: (member: tf.Tensor) => tf.Tensor): tf.Tensor =>
      tf.stack(
        Array.from({ length: count }, (_, rank) => sumByGroup(summand(isRank(ranks, rank)), groups.length)),
        1,
      );
    const divisor = (n: tf.Tensor): tf.Tensor => {
      if (gradientScale === 'sum') return tf.onesLike(n);
      return gradientScale === 'mean' ? n : tf.sqrt(tf.mul(n, count));
    };
    const sums = sumByRank((member) => tf.mul(dy, member));
    if (isGrid) {
      const codes = tf.tensor2d(groups.map((group) => codesByRank(group)));
      const toDelta = tf.sum(tf.mul(sums, codes), 1, true);
      const highest = Math.max(1, codeRange(bits).highest);
      const size = tf.scalar(ranks.size / groups.length);
      return tf.mul(tf.sign(latent), tf.div(tf.div(toDelta, highest), divisor(size)));
    }
    const counts = sumByRank((member) => member);
    // A level without weights has the sum 0.
    const scaled = tf.div(sums, divisor(tf.maximum(counts, 1)));
    return tf.sum(tf.mul(tf.expandDims(scaled, 2), levelOfRank(groups)), 1);
  });
}

/** [G]; the groups are the units of the last axis, or there is one. */
const sumByGroup = (x: tf.Tensor, groupCount: number): tf.Tensor =>
  tf.sum(tf.reshape(x, [x.size / groupCount, groupCount]), 0);

const codesByRank = ({ codes, table }: LevelGroup): number[] => Array.from(table.order, (k) => codes[k]!);

/** [G, rank, level]: 1 where the level has the rank. */
function levelOfRank(groups: Groups): tf.Tensor {
  const count = rankCount(groups);
  return tf.tensor3d(
    groups.map(({ table }) =>
      Array.from(table.order, (level) => Array.from({ length: count }, (_, k) => (k === level ? 1 : 0))),
    ),
  );
}
