import * as tf from '@tensorflow/tfjs-core';

/** Tensors by parameter name, owned by the training loop. */
export type OptimizedTensors = Record<string, tf.Tensor>;

/** Puts a tensor in the place of another one, which is disposed. Keeps it beyond any surrounding tidy. */
export function replace(tensors: OptimizedTensors, name: string, next: tf.Tensor): void {
  tensors[name]?.dispose();
  tensors[name] = tf.keep(next);
}
