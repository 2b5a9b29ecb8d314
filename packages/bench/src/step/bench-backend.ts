import type { Precision } from '@spikefit/contracts';
import { nativeBackendName, registerNativeBackend } from '@spikefit/tfjs-native';
import { registerTensorflowBackend } from '@spikefit/tfjs-tensorflow';
import { registerWebgpuBackend } from '@spikefit/tfjs-webgpu';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

export const backendNames = ['native', 'cpu', 'tensorflow', 'webgpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** Makes a backend current; gives its name with what it runs on. @throws Error where it is not available */
export async function useBackend(
  backend: BackendName,
  threads: number,
  precision: Precision = 'fp32',
): Promise<string> {
  switch (backend) {
    case 'native': {
      const { isa } = registerNativeBackend({ threads, precision });
      await tf.setBackend(nativeBackendName);
      await tf.ready();
      return `native (${isa})`;
    }
    case 'tensorflow': {
      const { version, device } = registerTensorflowBackend();
      return `TensorFlow ${version} (${device})`;
    }
    case 'webgpu':
      return `WebGPU (${(await registerWebgpuBackend()).adapter})`;
    case 'cpu':
      await tf.setBackend('cpu');
      await tf.ready();
      return 'cpu';
  }
}

/** Words of a command that starts a program with this many threads, where a backend reads them from the environment. */
export const threadLauncher = (backend: BackendName, threads: number): string[] =>
  backend === 'tensorflow' ? ['env', `TF_NUM_INTRAOP_THREADS=${threads}`, 'TF_NUM_INTEROP_THREADS=1'] : [];
