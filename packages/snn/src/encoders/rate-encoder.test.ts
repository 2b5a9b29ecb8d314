import '../../test/support/quiet-cpu.ts';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { encodeRate } from './rate-encoder.ts';

const stream = { seed: 3, epoch: 1, batch: 2 };
const encode = (pixels: number[], timeSteps: number, names = stream) =>
  tf.tidy(() => {
    const x = tf.tensor4d(pixels, [pixels.length / 2, 1, 2, 1]);
    const spikes = encodeRate(x, timeSteps, names);
    expect(spikes.shape).toEqual([timeSteps * x.shape[0], 1, 2, 1]);
    return Array.from(spikes.dataSync());
  });

test('spikes come at the rate of the pixel, 0 never and 1 always', () => {
  const timeSteps = 20_000;
  const rates = [0, 1, 0.25, 0.7];
  const spikes = encode(rates, timeSteps);
  expect(new Set(spikes)).toEqual(new Set([0, 1]));
  const measured = rates.map(
    (_, i) => spikes.reduce((total, s, j) => total + (j % 4 === i ? s : 0), 0) / timeSteps,
  );
  expect(measured[0]).toBe(0);
  expect(measured[1]).toBe(1);
  // Three standard deviations of a binomial share of 20 000 draws are below 0.011.
  expect(Math.abs(measured[2]! - 0.25)).toBeLessThan(0.011);
  expect(Math.abs(measured[3]! - 0.7)).toBeLessThan(0.011);
});

test('the same names draw the same spikes, other names others', () => {
  const rates = Array.from({ length: 64 }, () => 0.5);
  expect(encode(rates, 4)).toEqual(encode(rates, 4));
  expect(encode(rates, 4)).not.toEqual(encode(rates, 4, { ...stream, batch: 3 }));
  expect(encode(rates, 4)).not.toEqual(encode(rates, 4, { ...stream, epoch: 2 }));
  expect(encode(rates, 4)).not.toEqual(encode(rates, 4, { ...stream, seed: 4 }));
});
