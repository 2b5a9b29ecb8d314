import type { HostTensor } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { levelTable } from '../codebooks/assign.ts';
import { type CodebookGroup, groupsOfTensors, joinedValues } from '../codebooks/options.ts';
import { snapCodes } from '../codebooks/snap-codes.ts';
import type { Quantizer } from './quantizer.ts';

/** A weight beyond this share of the largest |w| of its group is not 0. */
const thresholdShare = 0.05;
/** Parameters of a group: −Wn, 0, Wp, and max|w|, which follows the weights. */
const width = 4;

/**
 * Trained ternary quantisation (Zhu et al. 2017): −Wn below −t, Wp above t, else 0, with t = 0.05·max|w|. The scales get
 * Σ g of their weights, without a sign that the paper's formula for Wn leaves out: ŵ = −Wn. A weight gets Wn·g, g or Wp·g.
 * Wn and Wp start at the mean |w| of their side.
 */
export const trainedTernary: Quantizer = {
  parameter: 'levels',
  initialize: (weights, { group }) => {
    const groups = groupsOfTensors(weights, group);
    const parameters = new Float32Array(groups * width);
    for (let g = 0; g < groups; g++) parameters.set(initialScales(weights, group, g), g * width);
    return parameters;
  },
  levels:
    ({ bits }) =>
    (parameters, { frozenDelta }) => {
      const snapped = snapCodes(parameters.subarray(0, 3), bits, { delta: frozenDelta, pinned: 1 });
      const table = levelTable(snapped);
      const threshold = thresholdShare * parameters[3]!;
      return {
        ...snapped,
        table: { ...table, midpoints: Float64Array.of(-threshold, threshold) },
        lowest: Number.NEGATIVE_INFINITY,
        highest: Number.POSITIVE_INFINITY,
        weightFactors: table.values.map((value) => (value === 0 ? 1 : Math.abs(value))),
        gradientScale: 'sum',
        // biome-ignore format: one row per level
        shares: Float32Array.of(
          1, 0, 0, 0,
          0, 0, 0, 0,
          0, 0, 1, 0,
        ),
      };
    },
  training: {
    follow: (raw, parameters) => {
      const groups = parameters.shape[0]!;
      const largest = tf.max(tf.reshape(tf.abs(raw), [raw.size / groups, groups]), 0);
      return tf.concat([tf.slice(parameters, [0, 0], [groups, 3]), tf.reshape(largest, [groups, 1])], 1);
    },
  },
};

function initialScales(weights: readonly HostTensor[], group: CodebookGroup, g: number): number[] {
  const values = joinedValues(weights, group, g);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const mean = (side: Float32Array): number =>
    side.length === 0 ? largest : side.reduce((sum, value) => sum + Math.abs(value), 0) / side.length;
  const threshold = thresholdShare * largest;
  return [
    -mean(values.filter((value) => value < -threshold)),
    0,
    mean(values.filter((value) => value > threshold)),
    largest,
  ];
}
