import { clusteredLevels } from '../codebooks/clustered-levels.ts';
import { initializeCodebooks } from '../codebooks/initialize-codebooks.ts';
import type { Quantizer } from './quantizer.ts';

/** Exact 1-D k-means of the trained weights, and no training after it (Han et al. 2016, without their fine-tuning). */
export const kMeans: Quantizer = {
  parameter: 'levels',
  initialize: initializeCodebooks,
  levels: clusteredLevels,
  training: null,
};
