import type { HostTensor } from '@spikefit/snn';
import { exactKMeans } from '../clustering/exact-k-means.ts';
import { codeRange, smallestDelta, usesEveryCode } from './code-range.ts';
import { type CodebookOptions, groupsOfTensors, joinedValues } from './options.ts';

/**
 * Latent levels of a trained layer [G·M], each group ascending: the centres of an exact 1-D k-means of the group's
 * weights. For `network` groups give the weights of all layers. With M = 2^bits the codes are a fixed grid, so the
 * step Δ with the least squared error is searched instead. Its latent levels are −a, 0 and a, by the sign of the code,
 * with a = Δ·(2^(bits−1) − 1): one magnitude, which is what Δ is read from.
 */
export function initializeCodebooks(
  weights: HostTensor | readonly HostTensor[],
  options: CodebookOptions,
): Float32Array {
  const tensors = 'shape' in weights ? [weights] : weights;
  const groups = groupsOfTensors(tensors, options.group);
  const levels = new Float32Array(groups * options.levels);
  for (let g = 0; g < groups; g++) {
    levels.set(initialLevels(joinedValues(tensors, options.group, g), options), g * options.levels);
  }
  return levels;
}

function initialLevels(values: Float32Array, { levels, bits }: CodebookOptions): Float32Array {
  if (usesEveryCode(levels, bits)) return gridLevels(values, bits);
  return Float32Array.from(padLevels([...exactKMeans({ values, levels }).centers], levels));
}

/** Fewer different weights than levels: further levels in the widest gaps, which no weight uses. */
function padLevels(centers: number[], levels: number): number[] {
  if (centers.length === 0) centers.push(0);
  while (centers.length < levels) {
    if (centers.length === 1) {
      centers.push(centers[0]! + Math.max(Math.abs(centers[0]!), smallestDelta));
      continue;
    }
    let widest = 0;
    for (let k = 1; k + 1 < centers.length; k++) {
      if (centers[k + 1]! - centers[k]! > centers[widest + 1]! - centers[widest]!) widest = k;
    }
    centers.splice(widest + 1, 0, (centers[widest]! + centers[widest + 1]!) / 2);
  }
  return centers;
}

const gridSteps = 64;

/** The grid with the Δ of least squared error among 64 shares of the largest that is useful. */
function gridLevels(values: Float32Array, bits: number): Float32Array {
  const { lowest, highest } = codeRange(bits);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const widest = largest / Math.max(1, highest);
  let best = Math.max(widest, smallestDelta);
  let leastError = Number.POSITIVE_INFINITY;
  for (let step = gridSteps; step >= 1 && widest > 0; step--) {
    const delta = (widest * step) / gridSteps;
    let error = 0;
    for (const value of values) {
      const code = Math.min(highest, Math.max(lowest, Math.round(value / delta)));
      error += (value - delta * code) ** 2;
    }
    if (error < leastError) {
      leastError = error;
      best = delta;
    }
  }
  const magnitude = best * Math.max(1, highest);
  return Float32Array.from({ length: 2 ** bits }, (_, k) => magnitude * Math.sign(lowest + k));
}
