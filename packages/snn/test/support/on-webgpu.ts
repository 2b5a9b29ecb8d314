import './quiet-cpu.ts';
import { announceSkip, findSwiftShader } from '@spikefit/testkit';
import { registerWebgpuBackend } from '@spikefit/tfjs-webgpu';
import * as tf from '@tensorflow/tfjs-core';

const swiftShader = findSwiftShader();
if (!swiftShader.available) announceSkip(swiftShader.reason);

/** Whether WebGPU can be tried here: on SwiftShader, which rounds as a GPU may. */
export const hasWebgpu = swiftShader.available;

export async function registerWebgpu(): Promise<void> {
  if (!swiftShader.available) return;
  Object.assign(process.env, swiftShader.environment);
  swiftShader.loadVulkan();
  await registerWebgpuBackend({ device: 'cpu' });
}

/** What `compute` gives on plain tfjs and on WebGPU, which cannot be read within a computation. */
export async function onCpuAndWebgpu(
  compute: () => Record<string, tf.Tensor>,
): Promise<Record<'cpu' | 'webgpu', Record<string, Float32Array>>> {
  return { cpu: await valuesOn('cpu', compute), webgpu: await valuesOn('webgpu', compute) };
}

async function valuesOn(
  backend: string,
  compute: () => Record<string, tf.Tensor>,
): Promise<Record<string, Float32Array>> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(compute);
  const values: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) values[name] = await tensor.data<'float32'>();
  tf.dispose(tensors);
  return values;
}
