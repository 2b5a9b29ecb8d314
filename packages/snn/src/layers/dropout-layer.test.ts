import '../../test/support/quiet-cpu.ts';
import type { DropoutLayer } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { tinyNetwork } from '../../test/support/tiny-networks.ts';
import { dropoutLayer } from './dropout-layer.ts';
import type { LayerContext } from './layer-context.ts';

const timeSteps = 3;
const batch = 4;
const features = 500;
const layer: DropoutLayer = {
  id: '1.dp',
  kind: 'dropout',
  rate: 0.3,
  inputShape: [1, 1, features],
  outputShape: [1, 1, features],
};
const context: LayerContext = {
  network: tinyNetwork('4C3-LIF-FC3', { timeSteps }),
  parameters: {},
  training: true,
  batchSize: batch,
  temporal: true,
  stream: { seed: 1, epoch: 0, batch: 0 },
};
const drop = (changes: Partial<LayerContext> = {}, rows = timeSteps * batch, position = 1) =>
  tf.tidy(() =>
    Array.from(
      dropoutLayer(tf.ones([rows, features]), layer, position, { ...context, ...changes }).dataSync(),
    ),
  );

test('drops about the asked share and keeps the mean', () => {
  const values = drop();
  const kept = values.filter((value) => value !== 0);
  expect(new Set(kept)).toEqual(new Set([Math.fround(1 / 0.7)]));
  expect(Math.abs(1 - kept.length / values.length - 0.3)).toBeLessThan(0.03);
});

test('one mask holds for all steps, and differs between samples', () => {
  const values = drop();
  const row = (i: number) => values.slice(i * features, (i + 1) * features);
  for (let t = 1; t < timeSteps; t += 1) expect(row(t * batch)).toEqual(row(0));
  expect(row(1)).not.toEqual(row(0));
});

test('an activation that is computed once gets the mask that each step would get', () => {
  expect(drop({ temporal: false }, batch)).toEqual(drop().slice(0, batch * features));
});

test('masks are drawn by seed, epoch, batch and position', () => {
  expect(drop()).toEqual(drop());
  expect(drop({ stream: { seed: 1, epoch: 1, batch: 0 } })).not.toEqual(drop());
  expect(drop({}, timeSteps * batch, 2)).not.toEqual(drop());
});

test('inference passes everything', () => {
  expect(new Set(drop({ training: false, stream: undefined }))).toEqual(new Set([1]));
});
