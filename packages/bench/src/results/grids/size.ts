import { defaultNeuron, denseSizeBits, inferNetwork } from '@spikefit/specification';
import type { Grid } from './grid.ts';
import { gridResult } from './grid-result.ts';
import { both, dense, fourLevels, fullEpochs, quantized, quickEpochs } from './methods.ts';

const architecture = '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10';

/** Of the dense network, as docs/method.md counts it. */
const denseBits = denseSizeBits(
  inferNetwork({
    architecture,
    inputShape: [28, 28, 1],
    classes: 10,
    timeSteps: 4,
    encoder: 'direct',
    neuron: defaultNeuron,
  }),
);

/** How much smaller, of 32-bit floats. Four values alone make it 93 % smaller. */
const shares = [0.95, 0.97, 0.98, 0.99, 0.993];
const scores = ['fsc', 'taylor', 'magnitude'];

function grid(quick: boolean): Grid {
  const epochs = quick ? quickEpochs : fullEpochs;
  const idOf = (score: string, share: number): string => `cat and ${score}, ${(100 * share).toFixed(1)} %`;
  const rows = shares.flatMap((share) =>
    scores.map((technique) =>
      both(
        idOf(technique, share),
        `cat and ${technique}`,
        {
          quantization: fourLevels,
          pruning: { technique, budget: { kind: 'size', value: Math.floor(denseBits * (1 - share)) } },
          composition: 'chained',
        },
        epochs,
      ),
    ),
  );
  return {
    name: 'size',
    rows: [dense(epochs), quantized('cat', { ...fourLevels, technique: 'cat' }, epochs), ...rows],
    comparisons: shares.map((share) => ({
      title: `${(100 * share).toFixed(1)} % smaller`,
      first: idOf('fsc', share),
      others: scores.slice(1).map((score) => idOf(score, share)),
    })),
    seeds: quick ? [1] : [1, 2, 3],
    trainSamples: quick ? 3_000 : 60_000,
    testSamples: quick ? 2_000 : 10_000,
  };
}

export const size = gridResult({
  summary: 'Accuracy against size with four values per layer, down to what the floors of the layers allow',
  grid,
  plot: {
    title: 'Accuracy against size with four values per layer',
    xAxis: 'smaller than 32-bit floats, %',
    x: ({ smaller }) => smaller.mean,
    without: ({ smaller }) => smaller.mean < 50,
  },
});
