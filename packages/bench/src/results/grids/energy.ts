import { markdownTable } from '../output/markdown-table.ts';
import { describeOverSeeds } from '../output/over-seeds.ts';
import { denseRow, type Grid, smallNet } from './grid.ts';
import type { RowFigures } from './grid-report.ts';
import { gridResult } from './grid-result.ts';
import {
  againstTwins,
  both,
  dense,
  fourLevels,
  fraction,
  fullEpochs,
  pruned,
  quantized,
  quickEpochs,
  twinOf,
} from './methods.ts';

const shares = [0.25, 0.5, 0.75];
const scores = ['fsc', 'taylor', 'magnitude', 'spike-count'];

/** Accuracies this near the dense one count as equal. */
const equalWithinPoints = 0.5;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const rows = scores.flatMap((technique) =>
    shares.flatMap((share) => {
      const pruning = { technique, budget: fraction(share) };
      const left = `${technique} ${100 * share} %`;
      return [
        pruned(left, pruning, epochs),
        both(
          `cat and ${left}`,
          `cat and ${technique}`,
          { quantization: fourLevels, pruning, composition: 'chained' },
          epochs,
        ),
      ];
    }),
  );
  const jointRows = shares.map((share) =>
    both(
      `cat and fsc ${100 * share} %, joint`,
      'cat and fsc, joint',
      {
        quantization: fourLevels,
        pruning: { technique: 'fsc', budget: fraction(share) },
        composition: 'joint',
      },
      epochs,
    ),
  );
  const whole = [dense(epochs), quantized('cat', { ...fourLevels, technique: 'cat' }, epochs)];
  return {
    name: 'energy',
    architecture: smallNet,
    rows: [...whole, ...whole.map(twinOf), ...rows, ...jointRows],
    comparisons: againstTwins(whole.map(({ id }) => id)),
    seeds: quick ? [1] : [1, 2, 3],
    trainSamples: quick ? 2_000 : 60_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const energy = gridResult({
  summary: 'Energy per image by model, and the least of each method at equal accuracy',
  grid,
  plot: {
    title: 'Accuracy against energy, SynOps proxy',
    xAxis: 'µJ per image, SynOps proxy',
    x: (row) => row.energy['synaptic-operations-proxy']?.mean ?? 0,
  },
  more: energyTables,
});

/** All energies; then, by model, the cheapest row of every family that is as accurate as the dense network. */
export function energyTables(rows: readonly RowFigures[]): string {
  const models = [...new Set(rows.flatMap((row) => Object.keys(row.energy)))];
  const all = markdownTable(
    ['µJ per image', ...models],
    rows.map((row) => [
      row.row,
      ...models.map((model) => {
        const figure = row.energy[model];
        return figure === undefined ? '' : describeOverSeeds(figure, 2);
      }),
    ]),
  );
  const equal = rows.filter(
    ({ row, againstDense }) =>
      row === denseRow || (againstDense !== null && againstDense.mean >= -equalWithinPoints),
  );
  const families = [...new Set(rows.map(({ family }) => family))];
  const cheapest = markdownTable(
    ['least µJ per image', ...models],
    families.map((family) => [family, ...models.map((model) => cheapestOf(equal, family, model))]),
  );
  const words = `Of each family, the row of least energy among those that lose at most ${equalWithinPoints} points against the dense one:`;
  return [all, words, cheapest].join('\n\n');
}

function cheapestOf(rows: readonly RowFigures[], family: string, model: string): string {
  const own = rows
    .filter((row) => row.family === family && row.energy[model] !== undefined)
    .sort((a, b) => a.energy[model]!.mean - b.energy[model]!.mean);
  const best = own[0];
  return best === undefined ? 'none' : `${best.energy[model]!.mean.toFixed(2)} (${best.row})`;
}
