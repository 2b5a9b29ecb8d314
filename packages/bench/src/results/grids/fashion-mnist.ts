import { compositions } from '@spikefit/contracts';
import { denseRow, type Grid, type GridRow, smallNet } from './grid.ts';
import { gridResult } from './grid-result.ts';
import {
  againstTwins,
  both,
  dense,
  fourLevels,
  fraction,
  fullEpochs,
  lowFloors,
  type Pruning,
  pruned,
  pruners,
  quantized,
  quantizersAt,
  quickEpochs,
  twinOf,
} from './methods.ts';

/** Of the channels, that go. */
const shares = [0.5, 0.75, 0.9];

const budgetOf = (share: number): Pick<Pruning, 'budget' | 'floorUnits' | 'floorFraction'> => ({
  budget: fraction(share),
  ...(share > 0.8 ? lowFloors : {}),
});

/**
 * Four values as chips store them, and ternary: 1.58 bits a weight, with values of 8 bits. In 2 bits the codes are −1, 0 and 1, and
 * techniques that learn two magnitudes would have one.
 */
const widths = [
  { levels: 4, bits: 8 },
  { levels: 3, bits: 8 },
] as const;

const quantizedId = (technique: string, levels: number): string => `${technique}, ${levels} values`;
const percent = (share: number): string => `${100 * share} %`;
const prunedId = (technique: string, share: number): string => `${technique} ${percent(share)}`;
const compensatedId = (technique: string, share: number): string =>
  `${prunedId(technique, share)}, compensated`;
const bothId = (composition: (typeof compositions)[number], share: number): string =>
  `cat, 4 values, and fsc ${percent(share)}, ${composition}`;

/** Chips whose neurons have four values each. */
const perChannelId = 'cat, 4 values a channel';
/** What is measured with least-squares compensation, too: the two best scores where much goes. */
const compensatedScores = ['fsc', 'taylor'] as const;
const compensatedShares = [0.75, 0.9] as const;

/** Rows that are there of the network's ANN twin, too. */
const twinned = [denseRow, quantizedId('cat', 4)];

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const quantizedRows = widths.flatMap((width) =>
    quantizersAt(width).map(
      (technique): GridRow =>
        quantized(quantizedId(technique, width.levels), { technique, ...width, group: 'layer' }, epochs),
    ),
  );
  const perChannel = quantized(perChannelId, { ...fourLevels, technique: 'cat', group: 'channel' }, epochs);
  const whole = [dense(epochs), ...quantizedRows, perChannel];
  const twins = whole.filter(({ id }) => twinned.includes(id)).map(twinOf);
  const prunedRows = shares.flatMap((share) =>
    pruners.map((technique) => pruned(prunedId(technique, share), { technique, ...budgetOf(share) }, epochs)),
  );
  const compensatedRows = compensatedShares.flatMap((share) =>
    compensatedScores.map((technique) =>
      pruned(
        compensatedId(technique, share),
        { technique, compensation: 'least-squares', ...budgetOf(share) },
        epochs,
      ),
    ),
  );
  const bothRows = shares.flatMap((share) =>
    compositions.map((composition) =>
      both(
        bothId(composition, share),
        `cat and fsc, ${composition}`,
        { quantization: fourLevels, pruning: { technique: 'fsc', ...budgetOf(share) }, composition },
        epochs,
      ),
    ),
  );
  const others = pruners.filter((technique) => technique !== 'fsc');
  return {
    name: 'fashion-mnist',
    architecture: smallNet,
    rows: [...whole, ...twins, ...prunedRows, ...compensatedRows, ...bothRows],
    comparisons: [
      ...widths.map((width) => ({
        title: `CAT against other quantisers, ${width.levels} values`,
        first: quantizedId('cat', width.levels),
        others: quantizersAt(width)
          .filter((technique) => technique !== 'cat')
          .map((technique) => quantizedId(technique, width.levels)),
      })),
      {
        title: 'A codebook per channel or per layer',
        first: perChannelId,
        others: [quantizedId('cat', 4)],
      },
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
      ...compensatedShares.map((share) => ({
        title: `Least-squares compensation, ${percent(share)} of the channels gone`,
        first: compensatedId('fsc', share),
        others: [prunedId('fsc', share), compensatedId('taylor', share)],
      })),
      ...againstTwins(twinned),
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
