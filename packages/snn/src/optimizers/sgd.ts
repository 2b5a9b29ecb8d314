import type { SgdAttributes } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { sgdStep } from '../ops/sgd.ts';
import { type OptimizedTensors, replace } from './optimized-tensors.ts';

/**
 * One step of SGD with momentum for every parameter that has a gradient; replaces and disposes like updateAdam.
 */
export function updateSgd(
  parameters: OptimizedTensors,
  velocities: OptimizedTensors,
  gradients: Readonly<Record<string, tf.Tensor>>,
  attributes: SgdAttributes | ((name: string) => SgdAttributes),
): void {
  for (const [name, gradient] of Object.entries(gradients)) {
    const parameter = parameters[name];
    if (parameter === undefined) continue;
    const [next, velocity] = tf.tidy(() =>
      sgdStep(
        { parameter, velocity: velocities[name] ?? tf.zerosLike(parameter), gradient },
        { ...(typeof attributes === 'function' ? attributes(name) : attributes), replace: true },
      ),
    );
    replace(parameters, name, next);
    replace(velocities, name, velocity);
  }
}
