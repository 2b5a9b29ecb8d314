import { clusterizationAwareTraining } from './clusterization-aware-training.ts';
import { differentiableKMeans } from './differentiable-k-means.ts';
import { kMeans } from './k-means.ts';
import { learnedStepSize } from './learned-step-size.ts';
import type { Quantizer } from './quantizer.ts';
import { trainedTernary } from './trained-ternary.ts';
import { weightSharing } from './weight-sharing.ts';

/** By technique of the catalogue. A new one is a file beside these and a line here; see docs/techniques.md. */
export const quantizers: Readonly<Record<string, Quantizer>> = {
  cat: clusterizationAwareTraining,
  'k-means': kMeans,
  lsq: learnedStepSize,
  ttq: trainedTernary,
  'weight-sharing': weightSharing,
  dkm: differentiableKMeans,
};
