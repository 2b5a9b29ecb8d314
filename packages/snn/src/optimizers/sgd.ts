import * as tf from '@tensorflow/tfjs-core';
import { type OptimizedTensors, replace } from './optimized-tensors.ts';

export interface SgdAttributes {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

/** SGD as PyTorch defines it: g' = g + weightDecay·p; velocity' = momentum·velocity + g'; p' = p − rate·velocity'. */
function sgdStep(
  { parameter, velocity, gradient }: Record<'parameter' | 'velocity' | 'gradient', tf.Tensor>,
  { learningRate, momentum, weightDecay }: SgdAttributes,
): [parameter: tf.Tensor, velocity: tf.Tensor] {
  return tf.tidy(() => {
    const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, weightDecay));
    const next = tf.add(tf.mul(velocity, momentum), decayed);
    return [tf.sub(parameter, tf.mul(next, learningRate)), next];
  });
}

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
        typeof attributes === 'function' ? attributes(name) : attributes,
      ),
    );
    replace(parameters, name, next);
    replace(velocities, name, velocity);
  }
}
