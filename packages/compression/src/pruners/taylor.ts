import { meanOverGates } from './gate-gradients.ts';
import type { UnitScorer } from './unit-scorer.ts';

/** Mean over samples of |Σ s·∂L/∂s|: the change of the loss to first order (Molchanov et al. 2017, eq. 8). */
export const scoreByTaylor: UnitScorer = (input) => meanOverGates(input, Math.abs);
