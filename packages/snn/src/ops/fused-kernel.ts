import * as tf from '@tensorflow/tfjs-core';

/**
 * True where the current backend has the kernel registered. Asked at every call, since a process may change its
 * backend (tests do).
 */
export function hasKernel(name: string): boolean {
  // tfjs types say that getKernel always finds one; it gives undefined for an unknown name.
  return (tf.getKernel(name, tf.getBackend()) as tf.KernelConfig | undefined) !== undefined;
}

/** Runs a kernel with several outputs. Only for use where hasKernel(name) holds. */
export function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: Readonly<Record<string, string | number | boolean>> = {},
): tf.Tensor[] {
  const outputs = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, { ...attributes });
  return Array.isArray(outputs) ? outputs : [outputs];
}
