import { type Grid, type GridRow, smallNet } from './grid.ts';
import { gridResult } from './grid-result.ts';
import {
  both,
  dense,
  fourLevels,
  fullEpochs,
  lowFloors,
  type Pruning,
  quantized,
  quickEpochs,
  smallerBy,
} from './methods.ts';

/** How much smaller, of 32-bit floats. Four values alone make it 93 % smaller. */
const shares = [0.95, 0.97, 0.98, 0.99, 0.995];
const scores = ['fsc', 'taylor', 'magnitude'];
/** Those of joint training and of single synapses. */
const furtherShares = [0.98, 0.99, 0.995];

const idOf = (what: string, share: number): string => `cat and ${what}, ${(100 * share).toFixed(1)} %`;
const synapses = 'fsc synapses';
const joint = 'fsc, joint';

const floorsAt = (share: number): Partial<Pruning> => (share < 0.99 ? {} : lowFloors);

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const rowOf = (
    what: string,
    share: number,
    pruning: Pruning,
    composition: 'chained' | 'joint' = 'chained',
  ): GridRow =>
    both(
      idOf(what, share),
      `cat and ${what}`,
      {
        quantization: fourLevels,
        pruning: { ...pruning, budget: smallerBy(smallNet, share) },
        composition,
      },
      epochs,
    );
  const rows = shares.flatMap((share) =>
    scores.map((technique) => rowOf(technique, share, { technique, ...floorsAt(share) })),
  );
  const furtherRows = furtherShares.flatMap((share) => [
    rowOf(joint, share, { technique: 'fsc', ...floorsAt(share) }, 'joint'),
    rowOf(synapses, share, { technique: 'fsc', unit: 'synapse' }),
  ]);
  return {
    name: 'size',
    architecture: smallNet,
    rows: [
      dense(epochs),
      quantized('cat', { ...fourLevels, technique: 'cat' }, epochs),
      ...rows,
      ...furtherRows,
    ],
    comparisons: shares.map((share) => ({
      title: `${(100 * share).toFixed(1)} % smaller`,
      first: idOf('fsc', share),
      others: [
        ...scores.slice(1).map((score) => idOf(score, share)),
        ...(furtherShares.includes(share) ? [idOf(joint, share), idOf(synapses, share)] : []),
      ],
    })),
    seeds: quick ? [1] : [1, 2, 3],
    trainSamples: quick ? 3_000 : 60_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const size = gridResult({
  summary: 'Accuracy against size with four values per layer, down to 99.5 % smaller',
  grid,
  plot: {
    title: 'Accuracy against size with four values per layer',
    xAxis: 'smaller than 32-bit floats, %',
    x: ({ smaller }) => smaller.mean,
    without: ({ smaller }) => smaller.mean < 50,
  },
});
