import './quiet-cpu.ts';
import { announceSkip } from '@spikefit/testkit';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import { registerTensorflowBackend, tensorflowStatus } from '@spikefit/tfjs-tensorflow';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
// Before TensorFlow, which keeps the gradients that are there.
import '../../src/gradients/register-gradients.ts';

/**
 * Plain tfjs always; our own backend, with its fused kernels, where its addon was built; TensorFlow where it is set up.
 * All of them can be read at once; see webgpu.test.ts for the one that cannot.
 */
function usableBackends(): string[] {
  const usable = ['cpu'];
  const native = nativeAddonStatus();
  if (native.available) {
    registerNativeBackend({ threads: 2 });
    usable.push('native');
  } else announceSkip(native.reason);
  const tensorflow = tensorflowStatus();
  if (tensorflow.available) {
    process.env.TF_CPP_MIN_LOG_LEVEL = '1';
    registerTensorflowBackend();
    usable.push('tensorflow');
  } else announceSkip(tensorflow.reason);
  return usable;
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
