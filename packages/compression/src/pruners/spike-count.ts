import { spikeMaps } from './spike-maps.ts';
import { emptySums, scoredLayers, type UnitScorer } from './unit-scorer.ts';

/** Spikes per neuron of the unit and time step: what hardly fires goes first. */
export const scoreBySpikeCount: UnitScorer = async (input) => {
  const sums = emptySums(scoredLayers(input.network));
  const neurons: Record<string, number> = {};
  for await (const { weightId, rates, units } of spikeMaps(input)) {
    const sum = sums[weightId]!;
    for (let i = 0; i < rates.length; i++) sum[i % units]! += rates[i]!;
    neurons[weightId] = (neurons[weightId] ?? 0) + rates.length / units;
  }
  for (const [weightId, sum] of Object.entries(sums)) {
    for (let unit = 0; unit < sum.length; unit++) sum[unit]! /= Math.max(1, neurons[weightId] ?? 0);
  }
  return sums;
};
