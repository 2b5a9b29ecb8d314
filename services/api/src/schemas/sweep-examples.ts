import type { SweepRequest } from '@spikefit/contracts';

const base = {
  model: { architecture: '16C3-BN-LIF-MP2-32C3-BN-LIF-MP2-FC10', timeSteps: 2 },
  dataset: { id: 'fashion-mnist', trainSamples: 10000, testSamples: 2000 },
  target: { id: 'loihi' },
  training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1 },
};

/** Requests that can be sent as they are; a test does so. */
export const sweepExamples = {
  levels: {
    summary: 'Levels by share pruned, three seeds each: 18 jobs',
    value: {
      name: 'levels by pruning',
      base: { ...base, method: { pruning: { budget: { kind: 'fraction' } } } },
      grid: {
        'method.quantization.levels': [2, 4, 16],
        'method.pruning.budget.value': [0.5, 0.75],
      },
      seeds: [1, 2, 3],
    },
  },
  techniques: {
    summary: 'Whole settings as values, by JSON pointer',
    value: {
      name: 'budgets',
      base,
      grid: {
        '/method/pruning': [
          { technique: 'none' },
          { technique: 'fsc', budget: { kind: 'fraction', value: 0.5 } },
          { technique: 'fsc', budget: { kind: 'neurons', value: 4000 } },
        ],
      },
      priority: 10,
      metadata: { paper: 'table 3' },
    },
  },
} as const satisfies Record<string, { summary: string; value: SweepRequest }>;
