import { divisorOf } from './clustered-levels.ts';
import { type LevelGroup, parametersOf } from './level-groups.ts';

/** What the backward pass over the weights leaves, by group and position of the level. */
export interface LevelSums {
  /** Σ g [G·M]. */
  readonly sums: ArrayLike<number>;
  /** Weights [G·M]. */
  readonly counts: ArrayLike<number>;
  /** Σ g·w over the weights in range [G]; where no group has a `productShare` it may be left out. */
  readonly products?: ArrayLike<number> | undefined;
}

/** Gradients of the trained parameters [G·K]; the formulas stand at `LevelGroup`. */
export function levelGradients(
  groups: readonly LevelGroup[],
  { sums, counts, products }: LevelSums,
): Float32Array<ArrayBuffer> {
  const width = groups[0] === undefined ? 0 : parametersOf(groups[0]);
  const gradients = new Float64Array(groups.length * width);
  for (const [g, { codes, shares, gradientScale, productShare = 0 }] of groups.entries()) {
    const count = codes.length;
    for (let k = 0; k < count; k++) {
      const n = counts[g * count + k]!;
      if (n === 0) continue;
      const sum = sums[g * count + k]! / divisorOf(gradientScale, n, count);
      if (shares === undefined) gradients[g * width + k] = sum;
      else for (let j = 0; j < width; j++) gradients[g * width + j]! += shares[k * width + j]! * sum;
    }
    if (productShare !== 0) gradients[g * width]! += productShare * products![g]!;
  }
  return Float32Array.from(gradients);
}
