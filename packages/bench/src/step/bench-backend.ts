import { nativeBackendName, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

export const backendNames = ['native', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** Makes a backend current; gives its name with what it runs on. @throws Error where it is not available */
export async function useBackend(backend: BackendName, threads: number): Promise<string> {
  if (backend === 'native') {
    const { isa } = registerNativeBackend({ threads });
    await tf.setBackend(nativeBackendName);
    await tf.ready();
    return `native (${isa})`;
  }
  await tf.setBackend(backend);
  await tf.ready();
  return backend;
}
