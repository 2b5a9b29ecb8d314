import type { AdamAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { adamStep } from '../ops/adam.ts';
import { type OptimizedTensors, replace } from './optimized-tensors.ts';

/** First and second moments by parameter name, of the parameters' shapes; zeros where nothing was updated yet. */
export interface AdamMoments {
  readonly first: OptimizedTensors;
  readonly second: OptimizedTensors;
}

export const defaultAdam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/**
 * One step of Adam for every parameter that has a gradient. Replaces the entries of `parameters` and `moments` and
 * disposes the tensors that stood there; moments that are missing begin as zeros. The whole state is in these
 * records and in `step`, so saving them is enough to go on bit by bit.
 *
 * @param attributes one set for all, or one per name (another learning rate for codebooks, no decay for biases)
 */
export function updateAdam(
  parameters: OptimizedTensors,
  moments: AdamMoments,
  gradients: Readonly<Record<string, tf.Tensor>>,
  attributes: AdamAttributes | ((name: string) => AdamAttributes),
): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const parameter = parameters[name];
    if (parameter === undefined) continue;
    const [next, first, second] = tf.tidy(() =>
      adamStep(
        {
          parameter,
          firstMoment: moments.first[name] ?? tf.zerosLike(parameter),
          secondMoment: moments.second[name] ?? tf.zerosLike(parameter),
          gradient,
        },
        { ...(typeof attributes === 'function' ? attributes(name) : attributes), replace: true },
      ),
    );
    replace(parameters, name, next);
    replace(moments.first, name, first);
    replace(moments.second, name, second);
  }
}
