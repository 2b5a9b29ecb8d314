import { expect, test } from 'vitest';
import { tinyNetwork } from '../../test/support/tiny-networks.ts';
import { type NetworkStep, networkSteps } from './network-steps.ts';

const summary = (step: NetworkStep): string => {
  if (step.kind === 'layer') {
    const { layer } = step;
    return 'useBias' in layer && layer.useBias ? `${layer.kind} with bias` : layer.kind;
  }
  const { biased, batchNorm, neuron, maxPool } = step.block;
  const parts = [biased && 'bias', batchNorm && 'norm', neuron.neuron, maxPool && 'pool'];
  return `[${parts.filter(Boolean).join(' ')}]`;
};
const summaries = (architecture: string, fusible: (id: string) => boolean = () => true) =>
  networkSteps(tinyNetwork(architecture).layers, ({ id }) => fusible(id)).map(summary);

test('every neuron takes what stands before and behind it', () => {
  expect(summaries('4C3-BN-LIF-MP2-4C3-IF-MP2-FC6-LIF-FC3')).toEqual([
    ...['conv', '[norm lif pool]', 'conv', '[bias if pool]', 'dense', '[bias lif]', 'dense with bias'],
  ]);
});

test('what does not touch a neuron stays alone', () => {
  expect(summaries('3C3-BN-MP2-LIF-DP0.5-AP2-FC3')).toEqual([
    ...['conv', 'batchNorm', 'maxPool', '[lif]', 'dropout', 'averagePool', 'dense with bias'],
  ]);
});

test('a neuron whose spikes are asked for keeps its neighbours', () => {
  const { layers } = tinyNetwork('4C3-LIF-MP2-FC4-BN-LIF-FC3');
  const first = layers.find(({ kind }) => kind === 'neuron')!.id;
  expect(summaries('4C3-LIF-MP2-FC4-BN-LIF-FC3', (id) => id !== first)).toEqual([
    ...['conv with bias', 'neuron', 'maxPool', 'dense', '[norm lif]', 'dense with bias'],
  ]);
});
