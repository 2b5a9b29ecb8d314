import { disposeTensors, type HostParameters } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';

/** Tensors by parameter name, for example `0.conv/weights`, `1.bn/logGamma`, `0.conv/levels`. */
export type Tensors = Record<string, tf.Tensor>;

/** The values of tensors that nobody else needs; waits where the backend computes in the background. */
export async function readAndDispose(tensors: Tensors): Promise<Record<string, Float32Array>> {
  const values = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await tensor.data<'float32'>()] as const,
  );
  const read = Object.fromEntries(await Promise.all(values));
  disposeTensors(tensors);
  return read;
}

export const cloneParameters = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [
      name,
      { shape: [...shape], data: data.slice() },
    ]),
  );

/**
 * From `cluster` on, γ = exp(ρ) is kept positive (folding needs it): `<bn>/logGamma` stands for `<bn>/gamma`.
 * Returns the names that `forward` knows. Differentiable.
 */
export const effectiveParameters = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) =>
      name.endsWith('/logGamma') ? [name.replace(/logGamma$/, 'gamma'), tf.exp(tensor)] : [name, tensor],
    ),
  );

/** Runs `work` with the names that `forward` knows, and disposes what that made. */
export async function withEffectiveParameters<T>(
  tensors: Tensors,
  work: (parameters: Tensors) => Promise<T>,
): Promise<T> {
  const parameters = effectiveParameters(tensors);
  try {
    return await work(parameters);
  } finally {
    for (const [name, tensor] of Object.entries(parameters)) if (!(name in tensors)) tensor.dispose();
  }
}

/** The same on the host. */
export const effectiveHostParameters = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) =>
      name.endsWith('/logGamma')
        ? [name.replace(/logGamma$/, 'gamma'), { shape: tensor.shape, data: tensor.data.map(Math.exp) }]
        : [name, tensor],
    ),
  );

export const hasLogGamma = (parameters: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(parameters).some((name) => name.endsWith('/logGamma'));

/** Replaces every γ > 0 by ρ = log γ. */
export const withLogGamma = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) =>
      name.endsWith('/gamma')
        ? [name.replace(/gamma$/, 'logGamma'), { shape: tensor.shape, data: tensor.data.map(Math.log) }]
        : [name, tensor],
    ),
  );
