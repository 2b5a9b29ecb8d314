import { fusedKernels } from '@spikefit/contracts';
import { hasKernel, runKernel } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { floatAbove, floatBelow } from './float-below.ts';
import { levelGradients } from './level-gradients.ts';
import { hasProductShares, hasWeightFactors, type LevelGroup, levelGroups } from './level-groups.ts';
import type { QuantizeOptions } from './quantize-weights.ts';

export const hasCodebookKernels = (): boolean =>
  hasKernel(fusedKernels.codebookForward) && hasKernel(fusedKernels.codebookGradient);

/**
 * `quantizeWeights` by the backend's kernels. Values are the same bits, sums may differ in the last ones. Only for use
 * where hasCodebookKernels() holds.
 */
export function quantizeFused(
  raw: tf.Tensor,
  parameters: tf.Tensor,
  { rule, frozen }: QuantizeOptions,
): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, latent, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const groups = levelGroups(
      latent.dataSync() as Float32Array,
      latent.shape[0]!,
      weights.size,
      rule,
      frozen?.delta,
    );
    const orders = groups.map(({ codes, table }) => (frozen ? Array.from(codes, (_, k) => k) : table.order));
    save([weights]);
    return {
      value: tf.tidy(
        () =>
          runKernel(fusedKernels.codebookForward, {
            ...codebookTensors(weights, groups, orders, frozen),
            steps: tf.tensor1d(groups.map(({ delta }) => delta)),
          })[0]!,
      ),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const { toWeights, sums, counts, products } = tf.tidy(() =>
          backward(dy, saved[0]!, groups, orders, frozen),
        );
        const toParameters = levelGradients(groups, {
          sums: ofLatentLevels(sums.dataSync(), orders),
          counts: ofLatentLevels(counts.dataSync(), orders),
          products: products?.dataSync(),
        });
        tf.dispose([sums, counts, ...(products ? [products] : [])]);
        return [toWeights, tf.tensor(toParameters, latent.shape, 'float32')];
      },
    };
  });
  return op(raw, parameters);
}

export type Orders = readonly ArrayLike<number>[];
type Frozen = QuantizeOptions['frozen'];

/** Gradient of the weights, then what the host turns into that of the parameters: sums, counts, products. */
function backward(
  dy: tf.Tensor,
  weights: tf.Tensor,
  groups: readonly LevelGroup[],
  orders: Orders,
  frozen: Frozen,
): { toWeights: tf.Tensor; sums: tf.Tensor; counts: tf.Tensor; products?: tf.Tensor } {
  const inputs = codebookTensors(weights, groups, orders, frozen);
  const [inRange, sums, counts] = runKernel(fusedKernels.codebookGradient, {
    ...inputs,
    lowest: tf.tensor1d(groups.map(({ lowest }) => floatAbove(lowest))),
    highest: tf.tensor1d(groups.map(({ highest }) => floatBelow(highest))),
    dy,
  }) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const toWeights = hasWeightFactors(groups)
    ? tf.mul(
        inRange,
        runKernel(fusedKernels.codebookForward, {
          ...inputs,
          levels: byRank(groups, orders, ({ weightFactors }, k) => weightFactors?.[k] ?? 1),
        })[0]!,
      )
    : inRange;
  if (!hasProductShares(groups)) return { toWeights, sums, counts };
  const products = tf.mul(inRange, weights);
  const ofGroups = tf.reshape(products, [weights.size / groups.length, groups.length]);
  return { toWeights, sums, counts, products: tf.sum(ofGroups, 0) };
}

/** What both kernels take, by an order of each group's levels: of the values, or as assigned. */
export function codebookTensors(
  weights: tf.Tensor,
  groups: readonly LevelGroup[],
  orders: Orders,
  frozen: Frozen,
): tf.NamedTensorMap {
  const count = orders[0]!.length;
  const midpoints = new Float32Array((count - 1) * groups.length);
  for (const [g, { table }] of groups.entries()) {
    // A threshold is a double: its float below decides as it does.
    for (const [k, midpoint] of table.midpoints.entries())
      midpoints[k * groups.length + g] = floatBelow(midpoint);
  }
  return {
    weights,
    levels: byRank(groups, orders, ({ codes, delta }, k) => delta * codes[k]!),
    midpoints: tf.tensor2d(midpoints, [count - 1, groups.length]),
    // Bytes are the values of TensorFlow.js's bool: no other type holds them as they are.
    ...(frozen && { assignments: tf.tensor(frozen.assignments, weights.shape, 'bool') }),
  };
}

/** A number for every level k, as the kernels take it: [M by rank, G]. */
export function byRank(
  groups: readonly LevelGroup[],
  orders: Orders,
  value: (group: LevelGroup, k: number) => number,
): tf.Tensor {
  const count = orders[0]!.length;
  const values = new Float32Array(count * groups.length);
  for (const [g, group] of groups.entries()) {
    for (let rank = 0; rank < count; rank++)
      values[rank * groups.length + g] = value(group, orders[g]![rank]!);
  }
  return tf.tensor2d(values, [count, groups.length]);
}

/** From [G, M] by the given orders to [G, M] by position of the level. */
function ofLatentLevels(ranked: ArrayLike<number>, orders: Orders): Float64Array {
  const result = new Float64Array(ranked.length);
  for (const [g, order] of orders.entries()) {
    for (let rank = 0; rank < order.length; rank++)
      result[g * order.length + order[rank]!] = ranked[g * order.length + rank]!;
  }
  return result;
}
