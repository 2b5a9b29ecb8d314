import './quiet-cpu.ts';
import { announceSkip } from '@spikefit/testkit';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';

/** Plain tfjs always; our own backend, with its fused kernels, where its addon was built. */
async function usableBackends(): Promise<string[]> {
  try {
    const native = await import('@spikefit/tfjs-native');
    native.registerNativeBackend({ threads: 2 });
    return ['cpu', 'native'];
  } catch (error) {
    announceSkip(`the native backend cannot be loaded (${String(error).split('\n')[0]})`);
    return ['cpu'];
  }
}

const backends = await usableBackends();

/** Runs a suite once per backend. */
export function describeOnBackends(name: string, suite: (backend: string) => void): void {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      await tf.setBackend(backend);
      await tf.ready();
    });
    suite(backend);
  });
}
