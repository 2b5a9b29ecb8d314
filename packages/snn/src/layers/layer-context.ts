import { CodedError, type Network } from '@spikefit/contracts';
import type * as tf from '@tensorflow/tfjs-core';
import type { BatchStream } from '../encoders/batch-stream.ts';

export type TensorsByName = Readonly<Record<string, tf.Tensor>>;

/** What a layer needs beside its own description and its input. */
export interface LayerContext {
  readonly network: Network;
  readonly parameters: TensorsByName;
  readonly training: boolean;
  /** B, without time. */
  readonly batchSize: number;
  /**
   * False before the first neuron of a directly encoded network: the activation is [B, …], the same at every
   * step. Else it is [T·B, …], time first.
   */
  readonly temporal: boolean;
  readonly weights?: ((layerId: string, raw: tf.Tensor) => tf.Tensor) | undefined;
  readonly stream?: BatchStream | undefined;
}

/** @throws CodedError internal.error: parameters and network do not belong together. */
export function parameter(context: LayerContext, name: string): tf.Tensor {
  const tensor = context.parameters[name];
  if (tensor === undefined) throw new CodedError('internal.error', `the parameter ${name} is missing`);
  return tensor;
}
