import { expect, test } from 'vitest';
import { fscValidation } from './fsc-validation.ts';
import { crossEntropyOf } from './held-out-loss.ts';
import type { ChannelMeasurement, ChannelSpec } from './measure-channels.ts';

test('cross entropy of logits, however large', () => {
  expect(crossEntropyOf(Float32Array.of(0, 0, 0, 0), 2)).toBeCloseTo(Math.log(4), 12);
  expect(crossEntropyOf(Float32Array.of(1000, 998), 1)).toBeCloseTo(2 + Math.log(1 + Math.exp(-2)), 9);
});

const measured = (seed: number): { spec: ChannelSpec; outcome: ChannelMeasurement } => ({
  spec: { net: 'small', seed, epochs: 1, trainSamples: 100, validationSamples: 10, scoreSamples: 16 },
  outcome: {
    runsOn: 'test',
    whole: { loss: 0.3, accuracy: 0.9 },
    channels: ['0.conv', '4.conv'].flatMap((layer) =>
      [3, 1, 2, 5].map((rank, unit) => ({
        layer,
        unit,
        lossIncrease: rank / 100,
        accuracyDrop: 0,
        scores: { fsc: rank, random: -unit },
      })),
    ),
  },
});

test('the report ranks scores by layer and over seeds', () => {
  const { table, plot, figures } = fscValidation.report(
    [1, 2].map((seed) => ({ label: '', seconds: 1, ...measured(seed) })),
    { quick: false },
  );
  expect(table).toMatch(/\| `fsc` \| 1\.00 ± 0\.00 \| 1\.00 ± 0\.00 \| 1\.00 ± 0\.00 \|/);
  expect(table).toContain('over 2 seeds');
  expect(plot.match(/<circle [^>]*r="3"/g)).toHaveLength(2 * 2 * 4 * 2);
  expect(figures).toMatchObject({
    scores: [{ score: 'fsc', mean: { mean: expect.closeTo(1, 12) } }, { score: 'random' }],
  });
});

test('quick has one seed, the whole one three', () => {
  const seeds = (quick: boolean) => fscValidation.cells({ quick }).map(({ spec }) => spec.seed);
  expect(seeds(true)).toEqual([1]);
  expect(seeds(false)).toEqual([1, 2, 3]);
});
