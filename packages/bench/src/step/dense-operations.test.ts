import { expect, test } from 'vitest';
import { denseStepOperations } from './dense-operations.ts';
import { buildNetwork, nets } from './nets.ts';
import { peerNeuron } from './peer-neurons.ts';

const network = (architecture: string) =>
  buildNetwork({ architecture, inputShape: [6, 5, 2] }, peerNeuron('snntorch', false), 4);

test('one layer before the first neuron: once, and without an input gradient', () => {
  // 6·5·2 inputs, 10 units, 3 images, 2 products, 2 operations each
  expect(denseStepOperations(network('FC10-*'), 3)).toBe(60 * 10 * 3 * 2 * 2);
});

test('later layers: at every step, and in three products', () => {
  const convolution = 6 * 5 * 9 * 2 * 4;
  const dense = 3 * 2 * 4 * 10;
  expect(denseStepOperations(network('4C3-BN-*-MP2-FC10-*'), 3)).toBe(
    2 * convolution * 3 * 2 + 2 * dense * 12 * 3,
  );
});

test('csnn at batch 128 and T = 4 is 128.8 GFLOP', () => {
  const csnn = buildNetwork(nets.csnn, peerNeuron('spikingjelly', true), 4);
  expect(denseStepOperations(csnn, 128) / 1e9).toBeCloseTo(128.8, 1);
});
