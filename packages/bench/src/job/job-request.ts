import type { JobRequest, ResolvedSpec } from '@spikefit/contracts';
import { findTarget } from '@spikefit/hardware';
import { resolveJobRequest } from '@spikefit/specification';

/**
 * The whole of Fashion-MNIST: 4 epochs of training, 3 of clustering, pruning of half the channels, 2 of fine-tuning.
 * `quick` is a twentieth of the images.
 */
export const benchJob = ({ quick }: { quick: boolean }): JobRequest => ({
  name: 'bench: a whole job',
  model: { architecture: '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10', timeSteps: 4 },
  dataset: {
    id: 'fashion-mnist',
    trainSamples: quick ? 3_000 : 60_000,
    testSamples: quick ? 1_000 : 10_000,
  },
  target: { id: 'generic-4-level' },
  method: {
    quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer' },
    pruning: { technique: 'fsc', unit: 'channel', budget: { kind: 'fraction', value: 0.5 } },
  },
  training: { pretrainEpochs: 4, catEpochs: 3, finetuneEpochs: 2, batchSize: 128 },
  seed: 1,
});

export const benchSpec = (options: { quick: boolean }): ResolvedSpec =>
  resolveJobRequest(benchJob(options), { targets: findTarget });
