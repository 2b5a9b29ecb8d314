import { fusedKernels } from '@spikefit/contracts';
import { runKernel } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { floatAbove, floatBelow } from './float-below.ts';
import { type LevelGroup, type LevelRule, levelGroups } from './level-groups.ts';
import { byRank, codebookTensors, hasCodebookKernels } from './quantize-fused.ts';
import { byLevel, type Groups, parameterGradients, ranksOf, sumByRank } from './rank-operations.ts';

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
    const { value, place, tanh } = tf.tidy(() => mix(weights, groups, options.temperature));
    save([weights, place, tanh]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [w, u, t] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return gradients(dy, { weights: w, place: u, tanh: t }, groups, options.temperature);
      },
    };
  });
  return op(raw, parameters);
}

type Mixture = {
  /** ŵ. */
  readonly value: tf.Tensor;
  /** u, from 0 to 1. */
  readonly place: tf.Tensor;
  /** tanh(a·(2u − 1)). */
  readonly tanh: tf.Tensor;
};

const hardnessOf = (temperature: number): number => 1 / (2 * temperature);

/** p. */
const upperShareOf = (tanh: tf.Tensor, hardness: number): tf.Tensor =>
  tf.add(tf.mul(tanh, 0.5 / Math.tanh(hardness)), 0.5);

function mix(weights: tf.Tensor, groups: Groups, temperature: number): Mixture {
  const pairs = pairsOf(weights, groups);
  const gapOf = ({ table: { values } }: LevelGroup, rank: number): number => {
    const below = lowerRank(values, rank);
    return values[below + 1]! - values[below]!;
  };
  const lower = pairs.lookUp(({ table: { values } }, rank) => values[lowerRank(values, rank)]!);
  const perGap = pairs.lookUp((group, rank) => 1 / gapOf(group, rank));
  const place = tf.clipByValue(tf.mul(tf.sub(weights, lower), perGap), 0, 1);
  const hardness = hardnessOf(temperature);
  const tanh = tf.tanh(tf.sub(tf.mul(place, 2 * hardness), hardness));
  const value = tf.add(lower, tf.mul(pairs.lookUp(gapOf), upperShareOf(tanh, hardness)));
  return { value, place, tanh };
}

function gradients(
  dy: tf.Tensor,
  { weights, place, tanh }: Omit<Mixture, 'value'> & { readonly weights: tf.Tensor },
  groups: Groups,
  temperature: number,
): [toWeights: tf.Tensor, toParameters: tf.Tensor] {
  const result = tf.tidy(() => {
    const pairs = pairsOf(weights, groups);
    const hardness = hardnessOf(temperature);
    const upperShare = upperShareOf(tanh, hardness);
    const lowerShare = tf.sub(1, upperShare);
    const between = pairs.within(dy, ({ table: { values } }) => [values[0]!, values.at(-1)!]);
    const inRange = pairs.within(dy, ({ lowest, highest }) => [lowest, highest]);
    // Where ŵ is an outermost level there is no mixture: its share of the level is 1, and the weight's straight through.
    const slope = tf.mul(tf.sub(1, tf.square(tanh)), hardness / Math.tanh(hardness));
    const mixed = tf.mul(slope, between);
    const toWeights = tf.add(mixed, tf.sub(inRange, between));
    const toLower = tf.sub(tf.mul(dy, lowerShare), tf.mul(mixed, tf.sub(1, place)));
    const toUpper = tf.sub(tf.mul(dy, upperShare), tf.mul(mixed, place));
    const sums = byValue(pairs.sum(toLower), pairs.sum(toUpper));
    const counts = byValue(pairs.sum(lowerShare), pairs.sum(upperShare));
    return [toWeights, parameterGradients(groups, sums, counts)];
  });
  return result as [tf.Tensor, tf.Tensor];
}

/** The pair of every weight by a rank: how many values but the lowest lie below it. */
interface Pairs {
  lookUp(value: (group: LevelGroup, rank: number) => number): tf.Tensor;
  /** Σ x over the weights of each rank, [G, M]. */
  sum(x: tf.Tensor): tf.Tensor;
  /** x of weights in the closed range of their group, else 0. */
  within(x: tf.Tensor, range: (group: LevelGroup) => readonly [low: number, high: number]): tf.Tensor;
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
  const bounds = (range: (group: LevelGroup) => readonly [number, number]) => ({
    lowest: own.map((group) => floatAbove(range(group)[0])),
    highest: own.map((group) => floatBelow(range(group)[1])),
  });
  if (!hasCodebookKernels()) {
    const ranks = ranksOf(weights, own);
    return {
      lookUp: (value) => byLevel(ranks, own, value),
      sum: (x) => sumByRank(ranks, own, x),
      within: (x, range) => {
        const { lowest, highest } = bounds(range);
        const isIn = tf.logicalAnd(tf.greaterEqual(weights, lowest), tf.lessEqual(weights, highest));
        return tf.mul(x, tf.cast(isIn, 'float32'));
      },
    };
  }
  const ascending = own.map(({ codes }) => Array.from(codes, (_, rank) => rank));
  const inputs = codebookTensors(weights, own, ascending, undefined);
  const gradient = (dy: tf.Tensor, lowest: tf.Tensor, highest: tf.Tensor): tf.Tensor[] =>
    runKernel(fusedKernels.codebookGradient, { ...inputs, lowest, highest, dy });
  const anywhere = tf.zeros([own.length]);
  return {
    lookUp: (value) =>
      runKernel(fusedKernels.codebookForward, { ...inputs, levels: byRank(own, ascending, value) })[0]!,
    sum: (x) => gradient(x, anywhere, anywhere)[1]!,
    within: (x, range) => {
      const { lowest, highest } = bounds(range);
      return gradient(x, tf.tensor1d(lowest), tf.tensor1d(highest))[0]!;
    },
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
