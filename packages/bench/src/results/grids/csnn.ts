import { csnnNet, type Grid } from './grid.ts';
import { gridResult } from './grid-result.ts';
import {
  both,
  dense,
  fourLevels,
  fraction,
  fullEpochs,
  pruned,
  quantized,
  quickEpochs,
  smallerBy,
} from './methods.ts';

const budget = fraction(0.75);
const quantizers = ['cat', 'lsq', 'k-means'];
const scores = ['fsc', 'magnitude'];
const smaller = 0.98;
const jointId = `cat and fsc, joint, ${100 * smaller} % smaller`;

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  return {
    name: 'csnn',
    architecture: csnnNet,
    rows: [
      dense(epochs),
      ...quantizers.map((technique) => quantized(technique, { ...fourLevels, technique }, epochs)),
      ...scores.map((technique) => pruned(`${technique} 75 %`, { technique, budget }, epochs)),
      both(
        jointId,
        'cat and fsc, joint',
        {
          quantization: fourLevels,
          pruning: { technique: 'fsc', budget: smallerBy(csnnNet, smaller) },
          composition: 'joint',
        },
        epochs,
      ),
    ],
    comparisons: [
      { title: 'Both together against the dense network', first: jointId, others: ['dense'] },
      { title: 'CAT against other quantisers', first: 'cat', others: quantizers.slice(1) },
      {
        title: 'FSC against magnitude, 75 % of the units gone',
        first: 'fsc 75 %',
        others: ['magnitude 75 %'],
      },
    ],
    seeds: [1],
    trainSamples: quick ? 1_000 : 60_000,
    testSamples: quick ? 1_000 : 10_000,
  };
}

export const csnn = gridResult({
  summary: "SpikingJelly's network for Fashion-MNIST: quantisers, pruners and both at one point each",
  grid,
  plot: {
    title: 'Accuracy against size, csnn on Fashion-MNIST',
    xAxis: 'smaller than 32-bit floats, %',
    x: ({ smaller: share }) => share.mean,
  },
});
