import { clusteredLevels } from '../codebooks/clustered-levels.ts';
import { initializeCodebooks } from '../codebooks/initialize-codebooks.ts';
import type { Quantizer } from './quantizer.ts';

/**
 * Weight sharing with summed gradients, as the TensorFlow Model Optimization Toolkit clusters: from k-means on, a centroid
 * gets Σ g of its weights, every weight its g, and weights take their nearest centroid as both move.
 */
export const weightSharing: Quantizer = {
  parameter: 'levels',
  initialize: initializeCodebooks,
  levels: ({ bits }) => clusteredLevels({ bits, gradientScale: 'sum', clips: false }),
  training: {},
};
