import { mean, sampleStandardDeviation } from 'simple-statistics';

export interface PairedDifference {
  /** Points of accuracy (0…100), second minus first. */
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

const normal95 = 1.959964;

/**
 * The difference in accuracy of two ways to train, on the same test images, with its 95 % interval. Each image counts once,
 * with its mean difference over the seeds: runs on one image are not independent. The interval is of these seeds, over
 * images like these.
 *
 * @param pairs one per seed: which images the first and the second have right, a digit 0 or 1 per image
 * @throws RangeError where the runs have different numbers of images
 */
export function pairedDifference(
  pairs: readonly (readonly [first: string, second: string])[],
): PairedDifference {
  const images = pairs[0]?.[0].length ?? 0;
  if (images < 2 || pairs.some((pair) => pair.some((run) => run.length !== images)))
    throw new RangeError('all runs must have the same two images at least');
  const differences = Array.from(
    { length: images },
    (_, image) =>
      (100 * pairs.reduce((sum, [first, second]) => sum + Number(second[image]) - Number(first[image]), 0)) /
      pairs.length,
  );
  const center = mean(differences);
  const halfWidth = (normal95 * sampleStandardDeviation(differences)) / Math.sqrt(images);
  return { mean: center, low: center - halfWidth, high: center + halfWidth };
}

/** Share of images that a run has right. */
export const accuracyOf = (correct: string): number => mean([...correct].map(Number));
