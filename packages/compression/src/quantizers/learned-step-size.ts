import { levelTable } from '../codebooks/assign.ts';
import { smallestDelta } from '../codebooks/code-range.ts';
import { groupsOfTensors, joinedValues } from '../codebooks/options.ts';
import type { Quantizer } from './quantizer.ts';

/**
 * Codes of M uniform levels: −Q_N … Q_P with Q_N = Q_P = (M − 1)/2 for odd M, Q_N = M/2 and Q_P = M/2 − 1 for even M.
 * Two levels are −1 and 1: the rule would leave {−1, 0}, which no positive weight could use.
 */
function uniformCodes(levels: number): Int8Array {
  if (levels === 2) return Int8Array.of(-1, 1);
  return Int8Array.from({ length: levels }, (_, k) => k - Math.floor(levels / 2));
}

/**
 * LSQ: uniform levels whose step s is learned (Esser et al. 2020). ŵ = s·z with z the nearest code. With v = w/s,
 * ∂ŵ/∂s = z − v for −Q_N ≤ v ≤ Q_P and z beyond, ∂ŵ/∂w = 1 within and 0 beyond; the gradient of s is scaled by
 * 1/√(N·Q_P), N the weights of the group. s starts at 2·mean|w|/√Q_P.
 */
export const learnedStepSize: Quantizer = {
  parameter: 'step',
  initialize(weights, { levels, group }) {
    const highest = uniformCodes(levels).at(-1)!;
    return Float32Array.from({ length: groupsOfTensors(weights, group) }, (_, g) => {
      const values = joinedValues(weights, group, g);
      const sum = values.reduce((total, value) => total + Math.abs(value), 0);
      return (2 * sum) / Math.max(1, values.length) / Math.sqrt(highest);
    });
  },
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
