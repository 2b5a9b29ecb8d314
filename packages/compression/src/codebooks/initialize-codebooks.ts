import type { HostTensor } from '@spikefit/snn';
import { exactKMeans } from '../clustering/exact-k-means.ts';
import { codeRange, smallestDelta, usesEveryCode } from './code-range.ts';
import { levelsAroundZero } from './levels-around-zero.ts';
import { type CodebookOptions, groupsOfTensors, joinedValues } from './options.ts';
import { padLevels } from './pad-levels.ts';
import { initialStep, uniformCodes } from './uniform-grid.ts';

/**
 * Latent levels of a trained layer [G·M], each group ascending: the centres of an exact 1-D k-means of the group's
 * weights. For `network` groups give the weights of all layers. With M = 2^bits the codes are a fixed grid, so the
 * step Δ with the least squared error is searched instead. Its latent levels are −a, 0 and a, by the sign of the code,
 * with a = Δ·(2^(bits−1) − 1): one magnitude, which is what Δ is read from. With a pinned zero the others are improved by
 * Lloyd's iterations beside it. With `uniform` they are LSQ's grid.
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

function initialLevels(
  values: Float32Array,
  { levels, bits, pinZero, initialization }: CodebookOptions,
): Float32Array {
  if (usesEveryCode(levels, bits)) return gridLevels(values, bits);
  if (initialization === 'uniform') return uniformLevels(values, levels);
  if (pinZero) return levelsAroundZero(values, levels);
  return Float32Array.from(padLevels([...exactKMeans({ values, levels }).centers], levels));
}

function uniformLevels(values: Float32Array, levels: number): Float32Array {
  const step = Math.max(smallestDelta, initialStep(values, levels));
  return Float32Array.from(uniformCodes(levels), (code) => step * code);
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
