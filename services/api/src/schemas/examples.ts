import type { JobRequest } from '@spikefit/contracts';

/** Requests that can be sent as they are; a test does so. The first one is what /docs fills in. */
export const jobExamples = {
  quick: {
    summary: 'Quick: a small network on a part of Fashion-MNIST',
    value: {
      name: 'fashion on Loihi',
      model: { architecture: '16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10', timeSteps: 2 },
      dataset: { id: 'fashion-mnist', trainSamples: 10000, testSamples: 2000 },
      target: { id: 'loihi' },
      training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1 },
      seed: 1,
    },
  },
  minimal: {
    summary: 'Minimal: everything else has a default',
    value: {
      model: { architecture: '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10' },
      dataset: { id: 'fashion-mnist' },
      target: { id: 'loihi' },
    },
  },
  ownTarget: {
    summary: 'Own target: what it leaves out is unknown',
    value: {
      model: { architecture: '16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10', timeSteps: 2 },
      dataset: { id: 'fashion-mnist', trainSamples: 10000, testSamples: 2000 },
      target: {
        id: 'my-chip',
        name: 'My chip',
        neurons: { value: 50000, source: 'data sheet, section 3' },
        fanIn: { value: null, kind: 'none', source: 'data sheet, section 3: no limit' },
        weights: { bits: { value: [4, 8], source: 'data sheet, section 4' } },
      },
      training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1 },
    },
  },
  events: {
    summary: 'Events: recordings of N-MNIST, read as spikes',
    value: {
      model: { architecture: '8C5S2-BN-LIF-MP2-16C3-BN-LIF-FC10', timeSteps: 4 },
      dataset: { id: 'n-mnist', trainSamples: 800, testSamples: 200 },
      target: { id: 'loihi' },
      training: { augmentation: 'jitter', learningRate: 0.005 },
    },
  },
  twin: {
    summary: 'ANN twin: what the first example is to be compared with',
    value: {
      model: {
        architecture: '16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10',
        timeSteps: 2,
        activation: 'quantized-relu',
      },
      dataset: { id: 'fashion-mnist', trainSamples: 10000, testSamples: 2000 },
      target: { id: 'loihi' },
      training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1 },
      seed: 1,
    },
  },
  full: {
    summary: 'Full: method, training and limits spelled out',
    value: {
      name: 'table 2',
      model: {
        architecture: '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10',
        timeSteps: 4,
        neuron: { tau: 2, reset: 'hard' },
      },
      dataset: { id: 'fashion-mnist', trainSamples: 60000, testSamples: 10000 },
      target: { id: 'loihi' },
      method: {
        quantization: { technique: 'cat', levels: 4, bits: 8, group: 'layer' },
        pruning: { technique: 'fsc', unit: 'channel', budget: { kind: 'fraction', value: 0.5 } },
      },
      training: { pretrainEpochs: 4, catEpochs: 3, finetuneEpochs: 2, batchSize: 128, learningRate: 0.002 },
      seed: 1,
      priority: 10,
      limits: { maxRuntimeSeconds: 7200 },
      metadata: { paper: 'table 2' },
    },
  },
} as const satisfies Record<string, { summary: string; value: JobRequest }>;
