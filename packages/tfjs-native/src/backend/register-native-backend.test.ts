import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelRevision } from '../addon/kernel-revision.ts';
import { nativeAddonStatus } from '../addon/load-addon.ts';
import { fusedKernelNames } from '../fused/fused-kernel-names.ts';
import { nativeKernels } from '../kernels/register-all-kernels.ts';
import { registerNativeBackend } from './register-native-backend.ts';

describe('registerNativeBackend', () => {
  it.each([0, -1, 2.5, 10_000, 257, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %s threads and names the setting',
    (threads) => {
      expect(() => registerNativeBackend({ threads })).toThrow(
        `SPIKEFIT_THREADS must be a whole number from 1 to 256, not ${threads}: ` +
          'set it to the number of CPU cores to use, or leave it unset',
      );
    },
  );

  it('refuses an instruction set that this CPU lacks', () => {
    const isa = 'sse9' as 'avx2';
    expect(() => registerNativeBackend({ threads: 1, isa })).toThrow(
      /sse9 cannot run.*choose one of .*baseline/,
    );
  });

  it('says what it runs on: the best instruction set, or the one asked for', () => {
    const status = nativeAddonStatus();
    const best = status.available ? status.instructionSets[0] : undefined;
    expect(registerNativeBackend({ threads: 2 })).toEqual({
      isa: best,
      threads: 2,
      precision: 'fp32',
      kernelRevision,
    });
    expect(registerNativeBackend({ threads: 3, isa: 'baseline' })).toMatchObject({
      isa: 'baseline',
      threads: 3,
    });
  });

  it('has every kernel of tfjs-cpu, and the fused ones', () => {
    registerNativeBackend({ threads: 2 });
    const names = new Set(tf.getKernelsForBackend('native').map(({ kernelName }) => kernelName));
    for (const { kernelName } of tf.getKernelsForBackend('cpu')) expect(names).toContain(kernelName);
    for (const name of fusedKernelNames) expect(names).toContain(name);
    expect(nativeKernels.map(({ name }) => name)).toEqual(expect.arrayContaining([...fusedKernelNames]));
  });
});
