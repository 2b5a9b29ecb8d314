import { levelTable } from '../codebooks/assign.ts';
import { smallestDelta } from '../codebooks/code-range.ts';
import { groupsOfTensors, joinedValues } from '../codebooks/options.ts';
import { initialStep, uniformCodes } from '../codebooks/uniform-grid.ts';
import type { Quantizer } from './quantizer.ts';

/**
 * LSQ: uniform levels whose step s is learned (Esser et al. 2020). ŵ = s·z with z the nearest code. With v = w/s,
 * ∂ŵ/∂s = z − v for −Q_N ≤ v ≤ Q_P and z beyond, ∂ŵ/∂w = 1 within and 0 beyond; the gradient of s is scaled by
 * 1/√(N·Q_P), N the weights of the group. s starts at 2·mean|w|/√Q_P.
 */
export const learnedStepSize: Quantizer = {
  parameter: 'step',
  initialize: (weights, { levels, group }) =>
    Float32Array.from({ length: groupsOfTensors(weights, group) }, (_, g) =>
      initialStep(joinedValues(weights, group, g), levels),
    ),
  levels:
    ({ levels }) =>
    ([step = 0], { size, frozenDelta }) => {
      const codes = uniformCodes(levels);
      const delta = frozenDelta ?? Math.max(smallestDelta, step);
      const highest = codes.at(-1)!;
      const scale = frozenDelta === undefined ? 1 / Math.sqrt(size * highest) : 0;
      return {
        codes,
        delta,
        table: levelTable({ codes, delta }),
        lowest: codes[0]! * delta,
        highest: highest * delta,
        gradientScale: 'sum',
        shares: Float32Array.from(codes, (code) => code * scale),
        productShare: -scale / delta,
      };
    },
  training: {},
};
