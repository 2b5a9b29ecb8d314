// The job that `npm run demo` sends: small enough for two cores and five minutes, real enough to mean something.

/** @type {import('@spikefit/contracts').JobRequest} */
export const demoJob = {
  name: 'demo: Fashion-MNIST for four-valued weights',
  model: { architecture: '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10', timeSteps: 4 },
  // A tenth of the training images is cut off for validation.
  dataset: { id: 'fashion-mnist', trainSamples: 12_000, testSamples: 10_000 },
  target: { id: 'generic-4-level' },
  method: {
    quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer' },
    pruning: { technique: 'fsc', unit: 'channel', budget: { kind: 'fraction', value: 0.4 } },
  },
  training: { pretrainEpochs: 4, catEpochs: 2, finetuneEpochs: 6, batchSize: 64, learningRate: 0.002 },
  seed: 1,
  metadata: { sentBy: 'npm run demo' },
};
