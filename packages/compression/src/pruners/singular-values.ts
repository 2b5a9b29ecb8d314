import { Matrix, SingularValueDecomposition } from 'ml-matrix';
import { type SpikeMaps, spikeMaps } from './spike-maps.ts';
import { emptySums, scoredLayers, type UnitScorer } from './unit-scorer.ts';

/** A decomposition per sample and unit is dear; the criterion's authors find that few samples settle the ranking. */
const mostSamples = 64;

/**
 * Mean over samples of the sum of the singular values of a unit's map of firing rates [H, W], after the criterion of
 * QP-SNN (Wei et al. 2025): a map of low rank tells little. Of a unit with one neuron it is the firing rate.
 */
export const scoreBySingularValues: UnitScorer = async (input) => {
  const sums = emptySums(scoredLayers(input));
  const samples: Record<string, number> = {};
  for await (const maps of spikeMaps(input, mostSamples)) {
    const sum = sums[maps.weightId]!;
    for (let sample = 0; sample < maps.samples; sample++)
      for (let unit = 0; unit < maps.units; unit++) sum[unit]! += nuclearNorm(maps, sample, unit);
    samples[maps.weightId] = (samples[maps.weightId] ?? 0) + maps.samples;
  }
  for (const [weightId, sum] of Object.entries(sums)) {
    for (let unit = 0; unit < sum.length; unit++) sum[unit]! /= Math.max(1, samples[weightId] ?? 0);
  }
  return sums;
};

function nuclearNorm({ rates, height, width, units }: SpikeMaps, sample: number, unit: number): number {
  const at = (place: number): number => rates[(sample * height * width + place) * units + unit]!;
  if (height * width === 1) return at(0);
  const map = new Matrix(height, width);
  let total = 0;
  for (let place = 0; place < height * width; place++) {
    const rate = at(place);
    total += rate;
    map.set(Math.floor(place / width), place % width, rate);
  }
  if (total === 0) return 0;
  const { diagonal } = new SingularValueDecomposition(map, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  });
  return diagonal.reduce((sum, value) => sum + value, 0);
}
