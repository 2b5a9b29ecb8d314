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

test('the network that was measured takes as long as it took', () => {
  const { seconds, trainingSteps, multiplyAccumulatesPerImage } = estimate('none', 'none');
  expect(multiplyAccumulatesPerImage).toBe(13_447_808);
  // Beside the steps: four validations of 1000 images, and the test set twice.
  const others = (6000 / (3 * 128)) * 0.147;
  expect(seconds).toBe(Math.ceil(trainingSteps * 0.147 + others));
});
