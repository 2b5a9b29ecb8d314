import { clusterizationAwareTraining } from './clusterization-aware-training.ts';
import { kMeans } from './k-means.ts';
import { learnedStepSize } from './learned-step-size.ts';
import type { Quantizer } from './quantizer.ts';

/** By technique of the catalogue. A new one is a file beside these and a line here; see docs/techniques.md. */
export const quantizers: Readonly<Record<string, Quantizer>> = {
  cat: clusterizationAwareTraining,
  'k-means': kMeans,
  lsq: learnedStepSize,
};
