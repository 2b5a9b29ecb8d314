import { type Grid, type GridRow, smallNet } from './grid.ts';
import { gridResult } from './grid-result.ts';
import { dense, fullEpochs, quantized, quantizersAt, quickEpochs } from './methods.ts';

interface Width {
  readonly levels: number;
  readonly bits: number;
}

/** Every number of values in every width of a stored one that can tell them apart. */
const widths: readonly Width[] = [2, 3, 4, 16].flatMap((levels) =>
  [2, 4, 8].filter((bits) => levels <= 2 ** bits).map((bits) => ({ levels, bits })),
);

const idOf = (technique: string, { levels, bits }: Width): string =>
  `${technique}, ${levels} values of ${bits} bits`;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const rows = widths.flatMap((width) =>
    quantizersAt(width).map(
      (technique): GridRow =>
        quantized(idOf(technique, width), { technique, ...width, group: 'layer' }, epochs),
    ),
  );
  return {
    name: 'fashion-mnist-levels',
    architecture: smallNet,
    rows: [dense(epochs), ...rows],
    comparisons: widths.map((width) => ({
      title: `CAT against other quantisers, ${width.levels} values of ${width.bits} bits`,
      first: idOf('cat', width),
      others: quantizersAt(width)
        .filter((technique) => technique !== 'cat')
        .map((technique) => idOf(technique, width)),
    })),
    seeds: [1],
    trainSamples: quick ? 2_000 : 10_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const fashionMnistLevels = gridResult({
  summary: 'Every quantiser at 2, 3, 4 and 16 values of 2, 4 and 8 bits on Fashion-MNIST, 10 000 images',
  grid,
  plot: {
    title: 'Accuracy against size by number of values, Fashion-MNIST',
    xAxis: 'size, kB',
    x: ({ kilobytes }) => kilobytes.mean,
    without: ({ kilobytes }) => kilobytes.mean > 100,
  },
});
