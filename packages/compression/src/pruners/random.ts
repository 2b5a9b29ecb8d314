import { randomStream } from '@spikefit/specification';
import { scoredLayers, type UnitScorer } from './unit-scorer.ts';

/** Uniform random numbers: the floor that every other score has to beat. Looks at no sample. */
export const scoreByChance: UnitScorer = ({ network, unit, seed, round }) =>
  Promise.resolve(
    Object.fromEntries(
      scoredLayers({ network, unit }).map(({ weightId, units }, layer) => {
        const random = randomStream(seed, 'scores', round, 0, layer);
        return [weightId, Float64Array.from({ length: units }, () => random.uniform())];
      }),
    ),
  );
