import { compositions } from '@spikefit/contracts';
import { type Grid, smallNet } from './grid.ts';
import { gridResult } from './grid-result.ts';
import {
  both,
  dense,
  fourLevels,
  fraction,
  fullEpochs,
  type Pruning,
  pruned,
  type Quantization,
  quantized,
  quickEpochs,
} from './methods.ts';

/** Three quarters of the channels: enough to tell scores apart. */
const budget = fraction(0.75);

const catVariants: Readonly<Record<string, Partial<Quantization>>> = {
  'cat, each weight at its nearest level': { assignments: 'nearest' },
  'cat, LSQ’s grid': { initialization: 'uniform' },
  'cat, levels fixed': { codebookLearningRateScale: 0 },
  'cat, levels learn at 1': { codebookLearningRateScale: 1 },
  'cat, pull 0.001': { pull: 0.001 },
  'cat, pull 0.1': { pull: 0.1 },
  'cat, gradients of a level summed': { gradientScale: 'sum' },
  'cat, gradients of a level averaged': { gradientScale: 'mean' },
  'cat, levels recentred': { recenter: true },
  'cat, one level pinned at 0': { pinZero: true },
  'cat, assignments never frozen': { freezeFraction: 0 },
  'cat, assignments frozen while fine-tuning': { freezeFraction: 1 },
  'cat, temperature 1': { temperature: 1 },
  'cat, a codebook per channel': { group: 'channel' },
  'cat, a codebook for the network': { group: 'network' },
};

const alone = 'fsc, each channel alone';
const byLayer = 'fsc, by layer';
const fscVariants: Readonly<Record<string, Partial<Pruning>>> = {
  [alone]: { interactions: false },
  'fsc, one step': { steps: 1 },
  'fsc, 8 steps': { steps: 8 },
  'fsc, sampled labels': { labels: 'sampled' },
  [byLayer]: { normalization: 'layer' },
  'fsc, per SynOp': { cost: 'synops' },
  'fsc, per synapse': { cost: 'synapses' },
  'fsc, compensated': { compensation: 'least-squares' },
};

/** The strongest of the other scores, and the weakest that a score may be. */
const otherScores = ['taylor', 'random'] as const;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const fsc = { technique: 'fsc', budget } as const;
  return {
    name: 'ablation',
    architecture: smallNet,
    rows: [
      dense(epochs),
      quantized('cat', { ...fourLevels, technique: 'cat' }, epochs),
      ...Object.entries(catVariants).map(([id, change]) =>
        quantized(id, { ...fourLevels, ...change, technique: 'cat' }, epochs),
      ),
      pruned('fsc', fsc, epochs),
      ...Object.entries(fscVariants).map(([id, change]) => pruned(id, { ...fsc, ...change }, epochs)),
      ...otherScores.map((technique) => pruned(technique, { technique, budget }, epochs)),
      ...compositions.map((composition) =>
        both(
          `cat and fsc, ${composition}`,
          'cat and fsc',
          { quantization: fourLevels, pruning: fsc, composition },
          epochs,
        ),
      ),
    ],
    comparisons: [
      { title: 'CAT against its variants', first: 'cat', others: Object.keys(catVariants) },
      {
        title: 'FSC against its variants',
        first: 'fsc',
        others: Object.keys(fscVariants).filter((id) => id !== byLayer),
      },
      { title: 'FSC by layer, which scores each channel alone', first: alone, others: [byLayer] },
      { title: 'FSC against other scores', first: 'fsc', others: otherScores },
      {
        title: 'Both together, against each alone and one after the other',
        first: 'cat and fsc, joint',
        others: ['cat', 'fsc', 'cat and fsc, chained'],
      },
    ],
    seeds: quick ? [1] : [1, 2, 3],
    trainSamples: quick ? 3_000 : 10_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const ablation = gridResult({
  summary: 'What each part of CAT and FSC gives: four values, three quarters of the channels gone',
  grid,
  plot: {
    title: 'What each part of CAT and FSC gives',
    xAxis: 'SynOps per image, millions',
    x: ({ synapticOperations }) => synapticOperations.mean,
  },
});
