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
async function toHostTensor(tensor: tf.Tensor): Promise<HostTensor> {
  return { shape: [...tensor.shape], data: Float32Array.from(await tensor.data()) };
}

/** Not in one go on every backend: a GPU cannot be read at once. The tensors must stay until it is done. */
export async function toHostParameters(
  tensors: Readonly<Record<string, tf.Tensor>>,
): Promise<HostParameters> {
  const entries = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await toHostTensor(tensor)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export function disposeTensors(tensors: Readonly<Record<string, tf.Tensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
