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
  quantizersAt,
  quickEpochs,
} from './methods.ts';

/**
 * Shares of the channels that go. No layer falls below 4 channels or a tenth: of these 96 channels 85 may go at most, which
 * leaves scores no choice between layers.
 */
const shares = [0.5, 0.75, 0.875];

/** Four values as chips store them, and ternary. */
const widths = [
  { levels: 4, bits: 8 },
  { levels: 3, bits: 2 },
] as const;

const quantizedId = (technique: string, levels: number): string => `${technique}, ${levels} values`;
const percent = (share: number): string => `${100 * share} %`;
const prunedId = (technique: string, share: number): string => `${technique} ${percent(share)}`;
const bothId = (composition: (typeof compositions)[number], share: number): string =>
  `cat, 4 values, and fsc ${percent(share)}, ${composition}`;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const quantizedRows = widths.flatMap(({ levels, bits }) =>
    quantizersAt(levels).map(
      (technique): GridRow =>
        quantized(quantizedId(technique, levels), { technique, levels, bits, group: 'layer' }, epochs),
    ),
  );
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
      ...widths.map(({ levels }) => ({
        title: `CAT against other quantisers, ${levels} values`,
        first: quantizedId('cat', levels),
        others: quantizersAt(levels)
          .filter((technique) => technique !== 'cat')
          .map((technique) => quantizedId(technique, levels)),
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
