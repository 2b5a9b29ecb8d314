import * as tf from '@tensorflow/tfjs-core';

/** A tensor on the host: what is initialised, saved, pruned and folded. */
export type HostTensor = { shape: number[]; data: Float32Array };
/** By parameter name, see networks/parameter-names.ts. */
export type HostParameters = Record<string, HostTensor>;

/** A new tensor with a copy of the data (a backend may keep the array it is given). */
function toTensor({ shape, data }: HostTensor): tf.Tensor {
  return tf.tensor(data.slice(), shape, 'float32');
}

/** New tensors, which the caller disposes. */
export function toTensors(parameters: HostParameters): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.entries(parameters).map(([name, host]) => [name, toTensor(host)]));
}

/** A copy of the tensor's values; waits for the backend where that computes in the background. */
function toHostTensor(tensor: tf.Tensor): HostTensor {
  return { shape: [...tensor.shape], data: Float32Array.from(tensor.dataSync()) };
}

export function toHostParameters(tensors: Readonly<Record<string, tf.Tensor>>): HostParameters {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toHostTensor(tensor)]));
}

export function disposeTensors(tensors: Readonly<Record<string, tf.Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
