import './quiet-cpu.ts';
import { announceSkip } from '@spikefit/testkit';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';

/** Plain tfjs always; our own backend, with its fused kernels, where its addon was built. */
function usableBackends(): string[] {
  const status = nativeAddonStatus();
  if (status.available) {
    registerNativeBackend({ threads: 2 });
    return ['cpu', 'native'];
  }
  announceSkip(status.reason);
  return ['cpu'];
}

const backends = usableBackends();

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
