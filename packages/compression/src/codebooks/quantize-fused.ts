import { fusedKernels } from '@spikefit/contracts';
import { hasKernel, runKernel } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { floatAbove, floatBelow } from './float-below.ts';
import { levelGradients } from './level-gradients.ts';
import { gradientRange, type LevelGroup, levelGroups } from './level-groups.ts';
import type { QuantizeOptions } from './quantize-weights.ts';

export const hasCodebookKernels = (): boolean =>
  hasKernel(fusedKernels.codebookForward) && hasKernel(fusedKernels.codebookGradient);

/**
 * `quantizeWeights` by the backend's kernels. Values are the same bits, sums may differ in the last ones. Only for use
 * where hasCodebookKernels() holds.
 */
export function quantizeFused(raw: tf.Tensor, levels: tf.Tensor, options: QuantizeOptions): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => {
    const [weights, latent, save] = args as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const groups = levelGroups(latent.dataSync() as Float32Array, latent.shape[0]!, options);
    const orders = groups.map(({ codes, table }) =>
      options.frozen ? Array.from(codes, (_, k) => k) : table.order,
    );
    save([weights]);
    return {
      value: tf.tidy(
        () =>
          runKernel(fusedKernels.codebookForward, {
            ...codebook(weights, groups, orders, options),
            steps: tf.tensor1d(groups.map(({ delta }) => delta)),
          })[0]!,
      ),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [toWeights, sums, counts] = tf.tidy(() =>
          runKernel(fusedKernels.codebookGradient, {
            ...codebook(saved[0]!, groups, orders, options),
            ...ranges(groups),
            dy,
          }),
        ) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const byLevel = [sums, counts].map((byRank) => ofLatentLevels(byRank.dataSync(), orders));
        tf.dispose([sums, counts]);
        const toLevels = levelGradients(groups, byLevel[0]!, byLevel[1]!, weights.size, options);
        return [toWeights, tf.tensor(toLevels, latent.shape, 'float32')];
      },
    };
  });
  return op(raw, levels);
}

/** What both kernels take, by an order of each group's levels: of the values, or as assigned. */
function codebook(
  weights: tf.Tensor,
  groups: readonly LevelGroup[],
  orders: readonly ArrayLike<number>[],
  { frozen }: QuantizeOptions,
): tf.NamedTensorMap {
  const count = orders[0]!.length;
  const levels = new Float32Array(count * groups.length);
  const midpoints = new Float32Array((count - 1) * groups.length);
  for (const [g, { codes, delta, table }] of groups.entries()) {
    const order = orders[g]!;
    for (let k = 0; k < count; k++) levels[k * groups.length + g] = delta * codes[order[k]!]!;
    // A midpoint is a double: its float below decides as it does.
    for (const [k, midpoint] of table.midpoints.entries())
      midpoints[k * groups.length + g] = floatBelow(midpoint);
  }
  return {
    weights,
    levels: tf.tensor2d(levels, [count, groups.length]),
    midpoints: tf.tensor2d(midpoints, [count - 1, groups.length]),
    // Bytes are the values of TensorFlow.js's bool: no other type holds them as they are.
    ...(frozen && { assignments: tf.tensor(frozen.assignments, weights.shape, 'bool') }),
  };
}

const ranges = (groups: readonly LevelGroup[]): tf.NamedTensorMap => {
  const bounds = groups.map(gradientRange);
  return {
    lowest: tf.tensor1d(bounds.map(({ lowest }) => floatAbove(lowest))),
    highest: tf.tensor1d(bounds.map(({ highest }) => floatBelow(highest))),
  };
};

/** From [G, M] by the given orders to [G, M] by position of the latent level. */
function ofLatentLevels(byRank: ArrayLike<number>, orders: readonly ArrayLike<number>[]): Float64Array {
  const result = new Float64Array(byRank.length);
  for (const [g, order] of orders.entries()) {
    for (let rank = 0; rank < order.length; rank++)
      result[g * order.length + order[rank]!] = byRank[g * order.length + rank]!;
  }
  return result;
}
