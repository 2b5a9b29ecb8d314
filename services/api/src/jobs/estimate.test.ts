import type { JobRequest } from '@spikefit/contracts';
import { expect, test } from 'vitest';
import { estimateWork } from './estimate.ts';
import { judgeRequest } from './judge-request.ts';

/** 9000 of 10000 samples are trained on: 71 steps of 128. */
const request: JobRequest = {
  model: { architecture: '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10', timeSteps: 4 },
  dataset: { id: 'fashion-mnist', trainSamples: 10_000, testSamples: 1000 },
  target: { id: 'loihi' },
  training: { pretrainEpochs: 4, catEpochs: 3, finetuneEpochs: 2, batchSize: 128 },
};
const estimate = (quantization: string, pruning: string) =>
  estimateWork(
    judgeRequest({
      ...request,
      method: { quantization: { technique: quantization }, pruning: { technique: pruning } },
    } as JobRequest),
  );

test('only the phases that the job has are counted', () => {
  // Recovery: 4 rounds of a quarter epoch.
  expect(estimate('cat', 'fsc').trainingSteps).toBe(71 * (4 + 3 + 2) + 4 * 18);
  expect(estimate('cat', 'none').trainingSteps).toBe(71 * (4 + 3 + 2));
  expect(estimate('none', 'fsc').trainingSteps).toBe(71 * (4 + 2) + 4 * 18);
  expect(estimate('none', 'none').trainingSteps).toBe(71 * 4);
});

/**
 * Processor seconds of whole jobs on one thread (AMD EPYC, AVX2): start, and everything after it, one epoch of each
 * phase. With two threads about 0.6 of the latter is left.
 */
const measured: [architecture: string, T: number, batch: number, train: number, test: number, ...number[]][] =
  [
    ['4C3-IF-FC10', 1, 128, 1000, 500, 1.8, 1.9],
    ['FC128-LIF-FC10', 4, 128, 10_000, 2000, 1.9, 5.2],
    ['16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10', 2, 128, 10_000, 2000, 1.9, 20.9],
    ['16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10', 2, 16, 1000, 500, 1.6, 5.8],
    ['8C3-BN-LIF-AP2-16C3-BN-LIF-AP2-FC10', 4, 128, 3000, 1000, 2.1, 11.4],
    ['32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10', 4, 128, 1000, 500, 1.8, 13.1],
    ['32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10', 4, 128, 3000, 500, 2.0, 22.0],
  ];

test.each(measured)(
  '%s, T = %i, batches of %i: %i images take between half and twice of what is said',
  (architecture, timeSteps, batchSize, trainSamples, testSamples, start, rest) => {
    const { seconds } = estimateWork(
      judgeRequest({
        model: { architecture, timeSteps },
        dataset: { id: 'fashion-mnist', trainSamples, testSamples },
        target: { id: 'generic-4-level' },
        training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1, batchSize },
      }),
    );
    const took = start! + 0.6 * rest!;
    expect(seconds / took).toBeGreaterThan(0.5);
    expect(seconds / took).toBeLessThan(2);
  },
);
