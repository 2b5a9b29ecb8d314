import { isWeightLayer } from '@spikefit/contracts';
import { countNetwork } from '@spikefit/specification';
import { expect, test } from 'vitest';
import { buildNetwork, netNames, nets } from './nets.ts';
import { peerNames, peerNeuron } from './peer-neurons.ts';

const build = (name: (typeof netNames)[number], peer: (typeof peerNames)[number]) =>
  buildNetwork(nets[name], peerNeuron(peer, nets[name].integrates), 4);

test.each(netNames)('%s: no biases, and a neuron behind the last weights', (name) => {
  const { layers } = build(name, 'spikingjelly');
  expect(layers.filter(isWeightLayer).some(({ useBias }) => useBias)).toBe(false);
  expect(layers.at(-1)!.kind).toBe('neuron');
});

test('the peers count as many weights: 3·3·in·out per convolution, in·out per dense layer', () => {
  const weights = (name: (typeof netNames)[number]) =>
    build(name, 'norse')
      .layers.filter(isWeightLayer)
      .reduce(
        (sum, layer) =>
          sum +
          (layer.kind === 'conv'
            ? layer.kernel ** 2 * layer.inputShape[2] * layer.filters
            : layer.inputShape[0] * layer.inputShape[1] * layer.inputShape[2] * layer.units),
        0,
      );
  expect(weights('small')).toBe(9 * 32 + 9 * 32 * 64 + 49 * 64 * 10);
  expect(weights('csnn')).toBe(9 * 128 + 9 * 128 * 128 + 49 * 128 * 2048 + 2048 * 10);
  expect(weights('vgg')).toBe(
    9 * (3 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256) + 16 * 256 * 10,
  );
  expect(countNetwork(build('mid', 'norse')).neurons).toBe(784 * 64 + 196 * 64 + 10);
});

test('each peer brings its own neuron', () => {
  const kinds = peerNames.map((peer) => build('csnn', peer).layers.find(({ kind }) => kind === 'neuron'));
  expect(kinds.map((layer) => layer?.kind === 'neuron' && layer.neuron)).toEqual(['if', 'if', 'lif']);
  expect(build('mid', 'snntorch').neuron).toMatchObject({
    reset: 'soft',
    resetDelay: true,
    comparison: 'gt',
  });
  expect(build('mid', 'spikingjelly').neuron).toMatchObject({ decayInput: true, detachReset: true });
  expect(build('mid', 'norse').neuron.surrogate).toEqual({ name: 'fastSigmoid', parameter: 1 });
});
