import { spikeMaps } from './spike-maps.ts';
import { emptySums, scoredLayers, type UnitScorer } from './unit-scorer.ts';

/** Spikes per time step, of a channel per neuron: what hardly fires goes first. */
export const scoreBySpikeCount: UnitScorer = async (input) => {
  const sums = emptySums(scoredLayers(input));
  const neurons: Record<string, number> = {};
  for await (const { weightId, rates } of spikeMaps(input)) {
    const sum = sums[weightId]!;
    for (let i = 0; i < rates.length; i++) sum[i % sum.length]! += rates[i]!;
    neurons[weightId] = (neurons[weightId] ?? 0) + rates.length / sum.length;
  }
  for (const [weightId, sum] of Object.entries(sums)) {
    for (let unit = 0; unit < sum.length; unit++) sum[unit]! /= Math.max(1, neurons[weightId] ?? 0);
  }
  return sums;
};
