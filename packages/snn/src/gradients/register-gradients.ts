import * as tf from '@tensorflow/tfjs-core';
import { elementwiseGradients } from './elementwise.ts';
import { layoutGradients } from './layout.ts';
import { productGradients } from './products.ts';
import { reductionGradients } from './reductions.ts';

/**
 * tfjs-core in Node brings kernels' names but no gradients: those are ES modules for bundlers, which Node cannot
 * load beside the CommonJS build (a second copy, extension-less imports). These are the kernels that our networks,
 * losses and techniques differentiate. Where a full TensorFlow.js has registered its own, those stay.
 */
export const gradientConfigurations: readonly tf.GradConfig[] = [
  ...elementwiseGradients,
  ...layoutGradients,
  ...reductionGradients,
  ...productGradients,
];

for (const configuration of gradientConfigurations) {
  if ((tf.getGradient(configuration.kernelName) as tf.GradConfig | undefined) === undefined) {
    tf.registerGradient(configuration);
  }
}
