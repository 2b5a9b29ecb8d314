import { meanOverGates } from './gate-gradients.ts';
import type { UnitScorer } from './unit-scorer.ts';

/**
 * ½ · mean over samples of (Σ s·∂L/∂s)², summed over time, space and all consumers before it is squared: the change of
 * the loss when the unit falls silent, to second order, with an empirical Fisher for the curvature (LeCun 1990; Theis et
 * al. 2018 for the gate). The square of a batch's mean gradient would be another quantity.
 */
export const scoreByFisher: UnitScorer = (input) => meanOverGates(input, (gradient) => gradient ** 2 / 2);
