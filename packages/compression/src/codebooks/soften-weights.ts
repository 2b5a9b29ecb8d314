import { fusedKernels } from '@spikefit/contracts';
import { runKernel } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { floatAbove, floatBelow } from './float-below.ts';
import { type LevelGroup, type LevelRule, levelGroups } from './level-groups.ts';
import { byRank, codebookTensors, hasCodebookKernels } from './quantize-fused.ts';
import { byLevel, type Groups, parameterGradients, perGroup, ranksOf, sumByRank } from './rank-operations.ts';

export interface SoftenOptions {
  readonly rule: LevelRule;
  /** τ > 0, in distances of neighbouring levels. */
  readonly temperature: number;
  /** The values of the parameters, for backends that cannot be read within a computation. */
  readonly latents?: Float32Array | undefined;
}

/**
 * Weights as mixtures of the two stored values around them, l < w ≤ h, for raw weights [..., units] and parameters [G, K]
 * as `quantizeWeights` takes them:
 *   u = (w − l)/(h − l),   a = 1/(2τ),   p = ½·(1 + tanh(a·(2u − 1))/tanh a),   ŵ = l + p·(h − l).
 * But for the division by tanh a, p is the softmax of −(w − c)²/(τ·(h − l)²) over both, as of a soft-to-hard vector
 * quantiser (Agustsson et al. 2017). The division (Gong et al. 2019) makes p 0 at l and 1 at h, so ŵ is continuous where
 * pairs change and levels stay where they are; τ → ∞ gives ŵ = w, τ → 0 the nearest level.
 * Gradients, with g that of ŵ and s = dp/du:
 * - ∂L/∂w = s·g; g beyond the outermost levels, where ŵ is the outermost, and 0 below `lowest` or above `highest`;
 * - the level l gets (1 − p − s·(1 − u))·g and counts 1 − p of the weight, h gets (p − s·u)·g and counts p; from these
 *   sums to the parameters as `LevelGroup` has it.
 * No tensor is larger than the weights.
 */
export function softenWeights(raw: tf.Tensor, parameters: tf.Tensor, options: SoftenOptions): tf.Tensor {
  const values = options.latents ?? (parameters.dataSync() as Float32Array);
  const groups = levelGroups(values, parameters.shape[0]!, raw.size, options.rule);
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, , save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([weights]);
    return {
      value: tf.tidy(() => {
        const { lower, gap, upperShare } = mix(weights, groups, options.temperature);
        return tf.add(lower, tf.mul(gap, upperShare));
      }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(saved[0]!, dy, groups, options.temperature),
    };
  });
  return op(raw, parameters);
}

interface Mixture {
  readonly pairs: Pairs;
  readonly lower: tf.Tensor;
  readonly gap: tf.Tensor;
  /** u, from 0 to 1. */
  readonly place: tf.Tensor;
  /** p. */
  readonly upperShare: tf.Tensor;
  /** s. */
  readonly slope: tf.Tensor;
}

function mix(weights: tf.Tensor, groups: Groups, temperature: number): Mixture {
  const pairs = pairsOf(weights, groups);
  const lower = pairs.lookUp(({ table }, rank) => table.values[lowerRank(table.values, rank)]!);
  const gap = pairs.lookUp(({ table: { values } }, rank) => {
    const below = lowerRank(values, rank);
    return values[below + 1]! - values[below]!;
  });
  const place = tf.clipByValue(tf.div(tf.sub(weights, lower), gap), 0, 1);
  const a = 1 / (2 * temperature);
  const tanh = tf.tanh(tf.mul(tf.sub(tf.mul(place, 2), 1), a));
  const upperShare = tf.mul(tf.add(tf.div(tanh, Math.tanh(a)), 1), 0.5);
  const slope = tf.mul(tf.sub(1, tf.square(tanh)), a / Math.tanh(a));
  return { pairs, lower, gap, place, upperShare, slope };
}

function gradients(
  weights: tf.Tensor,
  dy: tf.Tensor,
  groups: Groups,
  temperature: number,
): [toWeights: tf.Tensor, toParameters: tf.Tensor] {
  const result = tf.tidy(() => {
    const { pairs, place, upperShare, slope } = mix(weights, groups, temperature);
    const values = ({ table }: LevelGroup) => table.values;
    const between = within(weights, groups, (group) => [values(group)[0]!, values(group).at(-1)!]);
    const inRange = within(weights, groups, ({ lowest, highest }) => [lowest, highest]);
    // Where ŵ is an outermost level there is no mixture: its share of the level is 1, and the weight's straight through.
    const mixed = tf.mul(slope, between);
    const toWeights = tf.mul(dy, tf.add(mixed, tf.sub(inRange, between)));
    const lowerShare = tf.sub(1, upperShare);
    const toLower = tf.mul(dy, tf.sub(lowerShare, tf.mul(mixed, tf.sub(1, place))));
    const toUpper = tf.mul(dy, tf.sub(upperShare, tf.mul(mixed, place)));
    const sums = byValue(pairs.sum(toLower), pairs.sum(toUpper));
    const counts = byValue(pairs.sum(lowerShare), pairs.sum(upperShare));
    return [toWeights, parameterGradients(groups, sums, counts)];
  });
  return result as [tf.Tensor, tf.Tensor];
}

/** 1 for weights of the closed range of their group, else 0. */
function within(
  weights: tf.Tensor,
  groups: Groups,
  range: (group: LevelGroup) => [low: number, high: number],
): tf.Tensor {
  const low = perGroup(groups, (group) => floatAbove(range(group)[0]));
  const high = perGroup(groups, (group) => floatBelow(range(group)[1]));
  return tf.cast(tf.logicalAnd(tf.greaterEqual(weights, low), tf.lessEqual(weights, high)), 'float32');
}

/** The pair of every weight by a rank: how many values but the lowest lie below it. */
interface Pairs {
  lookUp(value: (group: LevelGroup, rank: number) => number): tf.Tensor;
  /** [G, M]. */
  sum(x: tf.Tensor): tf.Tensor;
}

/** Weights above the highest value, of rank M − 1, belong to the highest pair, as those of rank M − 2 do. */
const lowerRank = (values: Float32Array, rank: number): number => Math.min(rank, values.length - 2);

/** A group whose thresholds are its values themselves, but for the lowest. */
const atValues = (group: LevelGroup): LevelGroup => ({
  ...group,
  table: { ...group.table, midpoints: Float64Array.from(group.table.values.subarray(1)) },
});

function pairsOf(weights: tf.Tensor, groups: Groups): Pairs {
  const own = groups.map(atValues);
  if (!hasCodebookKernels()) {
    const ranks = ranksOf(weights, own);
    return { lookUp: (value) => byLevel(ranks, own, value), sum: (x) => sumByRank(ranks, own, x) };
  }
  const ascending = own.map(({ codes }) => Array.from(codes, (_, rank) => rank));
  const inputs = codebookTensors(weights, own, ascending, undefined);
  const bound = tf.zeros([own.length]);
  return {
    lookUp: (value) =>
      runKernel(fusedKernels.codebookForward, { ...inputs, levels: byRank(own, ascending, value) })[0]!,
    sum: (x) =>
      runKernel(fusedKernels.codebookGradient, { ...inputs, lowest: bound, highest: bound, dy: x })[1]!,
  };
}

/** [G, M] by rank of the value, from sums over pairs to their lower and their upper value. */
function byValue(lower: tf.Tensor, upper: tf.Tensor): tf.Tensor {
  const [groups, count] = lower.shape as [number, number];
  const ofPairs = (sums: tf.Tensor): tf.Tensor =>
    tf.add(
      tf.slice(sums, [0, 0], [groups, count - 1]),
      tf.pad(tf.slice(sums, [0, count - 1], [groups, 1]), [
        [0, 0],
        [count - 2, 0],
      ]),
    );
  return tf.add(
    tf.pad(ofPairs(lower), [
      [0, 0],
      [0, 1],
    ]),
    tf.pad(ofPairs(upper), [
      [0, 0],
      [1, 0],
    ]),
  );
}
