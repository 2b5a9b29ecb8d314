import * as tf from '@tensorflow/tfjs-core';
import type { BatchStatistics } from '../layers/batch-norm-layer.ts';
import { parameterNames } from '../networks/parameter-names.ts';
import { movingAverage } from '../ops/moving-average.ts';
import { type OptimizedTensors, replace } from './optimized-tensors.ts';

/** The statistics of a batch by the names of the running ones, and by what each is multiplied on its way there. */
export interface NamedStatistics {
  /** May hold others, too. */
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  readonly factors: Readonly<Record<string, number>>;
}

export function namedStatistics(byLayer: Readonly<Record<string, BatchStatistics>>): NamedStatistics {
  const entries = Object.entries(byLayer).flatMap(([id, { mean, variance, correction }]) => [
    { name: parameterNames.mean(id), tensor: mean, factor: 1 },
    { name: parameterNames.variance(id), tensor: variance, factor: correction },
  ]);
  return {
    tensors: Object.fromEntries(entries.map(({ name, tensor }) => [name, tensor])),
    factors: Object.fromEntries(entries.map(({ name, factor }) => [name, factor])),
  };
}

/** Moves the running statistics among `parameters` towards those of a batch; momentum is the share of the batch's. */
export function moveStatistics(
  parameters: OptimizedTensors,
  { tensors, factors }: NamedStatistics,
  momentum: number,
): void {
  for (const [name, factor] of Object.entries(factors))
    replace(parameters, name, movingAverage(parameters[name]!, tensors[name]!, { momentum, factor }));
}

/** What the running statistics would be of this batch alone. */
export const unbiasedStatistics = ({ tensors, factors }: NamedStatistics): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.mul(tensor, factors[name]!)]));
