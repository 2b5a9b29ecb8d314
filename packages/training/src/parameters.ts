import type { HostParameters, HostTensor } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';

/** Tensors by parameter name, for example `0.conv/weights`, `1.bn/logGamma`, `0.conv/levels`. */
export type Tensors = Record<string, tf.Tensor>;

export const toTensors = (parameters: HostParameters): Tensors =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [name, tf.tensor(data.slice(), shape, 'float32')]),
  );

export const toHostTensor = (tensor: tf.Tensor): HostTensor => ({
  shape: [...tensor.shape],
  data: Float32Array.from(tensor.dataSync<'float32'>()),
});

export const toHostParameters = (tensors: Tensors): HostParameters =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toHostTensor(tensor)]));

export const cloneParameters = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { data, shape }]) => [name, { shape: [...shape], data: data.slice() }]),
  );

export const disposeAll = (tensors: Tensors): void => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};

/** Running statistics of a batch norm are state, not parameters of the optimiser. */
export const isTrainable = (name: string): boolean => !name.endsWith('/mean') && !name.endsWith('/variance');

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

/** The same on the host. */
export const effectiveHostParameters = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) =>
      name.endsWith('/logGamma')
        ? [name.replace(/logGamma$/, 'gamma'), { shape: tensor.shape, data: tensor.data.map(Math.exp) }]
        : [name, tensor],
    ),
  );

/** Replaces every γ > 0 by ρ = log γ. */
export const withLogGamma = (parameters: HostParameters): HostParameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, tensor]) =>
      name.endsWith('/gamma')
        ? [name.replace(/gamma$/, 'logGamma'), { shape: tensor.shape, data: tensor.data.map(Math.log) }]
        : [name, tensor],
    ),
  );
