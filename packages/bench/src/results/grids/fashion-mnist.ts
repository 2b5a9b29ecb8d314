import { compositions } from '@spikefit/contracts';
import type { Grid, GridRow } from './grid.ts';
import { gridResult } from './grid-result.ts';
import {
  both,
  dense,
  fourLevels,
  fraction,
  fullEpochs,
  pruned,
  pruners,
  quantized,
  quantizers,
  quickEpochs,
} from './methods.ts';

/**
 * Shares of the channels that go. No layer falls below 4 channels or a tenth: of these 96 channels 85 may go at most, which
 * leaves scores no choice between layers.
 */
const shares = [0.5, 0.75, 0.875];

const percent = (share: number): string => `${100 * share} %`;
const prunedId = (technique: string, share: number): string => `${technique} ${percent(share)}`;
const bothId = (composition: (typeof compositions)[number], share: number): string =>
  `cat, 4 values, and fsc ${percent(share)}, ${composition}`;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const quantizedRows = quantizers.flatMap((technique): GridRow[] => [
    quantized(`${technique}, 4 values`, { technique, levels: 4, bits: 8, group: 'layer' }, epochs),
    quantized(`${technique}, 3 values`, { technique, levels: 3, bits: 2, group: 'layer' }, epochs),
  ]);
  const prunedRows = shares.flatMap((share) =>
    pruners.map((technique) =>
      pruned(prunedId(technique, share), { technique, budget: fraction(share) }, epochs),
    ),
  );
  const bothRows = shares.flatMap((share) =>
    compositions.map((composition) =>
      both(
        bothId(composition, share),
        `cat and fsc, ${composition}`,
        { quantization: fourLevels, pruning: { technique: 'fsc', budget: fraction(share) }, composition },
        epochs,
      ),
    ),
  );
  const others = pruners.filter((technique) => technique !== 'fsc');
  return {
    name: 'fashion-mnist',
    rows: [dense(epochs), ...quantizedRows, ...prunedRows, ...bothRows],
    comparisons: [
      ...['4 values', '3 values'].map((values) => ({
        title: `CAT against other quantisers, ${values}`,
        first: `cat, ${values}`,
        others: quantizers
          .filter((technique) => technique !== 'cat')
          .map((technique) => `${technique}, ${values}`),
      })),
      ...shares.map((share) => ({
        title: `FSC against other scores, ${percent(share)} of the channels gone`,
        first: prunedId('fsc', share),
        others: others.map((technique) => prunedId(technique, share)),
      })),
      ...shares.map((share) => ({
        title: `CAT and FSC together or one after the other, ${percent(share)} of the channels gone`,
        first: bothId('joint', share),
        others: [bothId('chained', share)],
      })),
    ],
    seeds: quick ? [1] : [1, 2, 3],
    trainSamples: quick ? 2_000 : 60_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const fashionMnist = gridResult({
  summary: 'Every quantiser and every pruner of the catalogue on Fashion-MNIST, and both together',
  grid,
  plot: {
    title: 'Accuracy against size, Fashion-MNIST',
    xAxis: 'size, kB',
    x: ({ kilobytes }) => kilobytes.mean,
  },
});
