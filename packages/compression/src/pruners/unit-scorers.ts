import { fisherInteractions, type UnitInteractions } from './fisher-interactions.ts';
import { scoreByFisher } from './fisher-spike-contribution.ts';
import { scoreByMagnitude } from './magnitude.ts';
import { scoreByChance } from './random.ts';
import { scoreBySingularValues } from './singular-values.ts';
import { scoreBySpikeCount } from './spike-count.ts';
import { scoreByTaylor } from './taylor.ts';
import type { ScoringInput, UnitScorer } from './unit-scorer.ts';

/** By technique of the catalogue. A new one is a file beside these and a line here; see docs/techniques.md. */
export const unitScorers: Readonly<Record<string, UnitScorer>> = {
  fsc: scoreByFisher,
  taylor: scoreByTaylor,
  magnitude: scoreByMagnitude,
  'spike-count': scoreBySpikeCount,
  svs: scoreBySingularValues,
  random: scoreByChance,
};

/**
 * Those that rank single neurons, with `unit: 'neuron'`. All neurons of a channel have the same weights, so magnitude tells none from
 * another; the only singular value of one neuron is its rate.
 */
export const neuronScorers: Readonly<Record<string, UnitScorer>> = {
  fsc: scoreByFisher,
  taylor: scoreByTaylor,
  'spike-count': scoreBySpikeCount,
  random: scoreByChance,
};

/** Those that know what channels cost together, with `interactions`. */
export const interactionScorers: Readonly<
  Record<string, (input: ScoringInput) => Promise<UnitInteractions>>
> = {
  fsc: fisherInteractions,
};
