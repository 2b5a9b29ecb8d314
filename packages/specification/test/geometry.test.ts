import type { Network } from '@spikefit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costLeft,
  countLayer,
  countNetwork,
  denseSizeBits,
  type KeptUnits,
  networkBlocks,
  neuronCost,
  prunableLayers,
  pruneNetwork,
  synapseCost,
  unitsToRemove,
} from '../src/index.ts';
import { connections, positions } from './enumerate.ts';
import { network, smallNetworks } from './networks.ts';

const demo = network('32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10');

/** A network together with a random choice of units that stay. */
const prunedNetworks = smallNetworks.chain((dense) =>
  fc.tuple(
    fc.constant(dense),
    fc.record(
      Object.fromEntries(
        prunableLayers(dense).map(({ id, units }) => [
          id,
          fc.subarray(
            Array.from({ length: units }, (_, i) => i),
            { minLength: 1 },
          ),
        ]),
      ),
    ) as fc.Arbitrary<KeptUnits>,
  ),
);

describe('countNetwork', () => {
  it('counts a network that was counted by hand', () => {
    // 28² positions read 9 pixels, less 3 per border position and plus the 4 corners: (3·28 − 2)² · 32.
    const first = 82 ** 2 * 32;
    const second = 40 ** 2 * 32 * 64;
    const third = 7 * 7 * 64 * 10;
    expect(countNetwork(demo)).toEqual({
      channels: 96,
      neurons: 28 * 28 * 32 + 14 * 14 * 64,
      weights: 9 * 32 + 9 * 32 * 64 + third,
      synapses: first + second + third,
      macsFirstLayer: first,
      macsOtherLayersPerStep: second + third,
      multiplyAccumulatesPerImage: first + 4 * (second + third),
    });
    expect(countNetwork({ ...demo, encoder: 'rate' }).multiplyAccumulatesPerImage).toBe(
      4 * (first + second + third),
    );
    expect(denseSizeBits(demo)).toBe(32 * (9 * 32 + 9 * 32 * 64 + third + 2 * 32 + 2 * 64 + 10));
  });

  it('counts neurons where the neuron stands, and a spiking read-out', () => {
    expect(countNetwork(network('4C3-MP2-LIF-FC10')).neurons).toBe(14 * 14 * 4);
    expect(countNetwork(network('4C3-LIF-MP2-FC10')).neurons).toBe(28 * 28 * 4);
    expect(countNetwork(network('FC10'))).toMatchObject({
      channels: 0,
      neurons: 0,
      weights: 7840,
      synapses: 7840,
    });
    expect(countNetwork(network('FC10-LIF'))).toMatchObject({ channels: 10, neurons: 10 });
  });

  it('agrees with an enumeration of every connection and neuron', () => {
    fc.assert(
      fc.property(smallNetworks, (made) => {
        const all = connections(made);
        const counts = countNetwork(made);
        expect(counts.synapses).toBe(all.length);
        expect(counts.weights).toBe(countWeightsByHand(made));
        const neuronLayers = made.layers.filter(({ kind }) => kind === 'neuron');
        expect(counts.neurons).toBe(
          neuronLayers.flatMap(({ outputShape }) => [...positions(outputShape)]).length,
        );
        expect(counts.channels).toBe(neuronLayers.reduce((sum, { outputShape }) => sum + outputShape[2], 0));
        const first = networkBlocks(made)[0]!.weight.id;
        expect(counts.macsFirstLayer).toBe(all.filter(({ layer }) => layer === first).length);
        // Every weight that a convolution stores but that only ever meets padding is the one difference.
        expect(new Set(all.map(({ layer, weight }) => `${layer} ${weight}`)).size).toBeLessThanOrEqual(
          counts.weights,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('is the sum of its layers', () => {
    fc.assert(
      fc.property(smallNetworks, (made) => {
        const layers = made.layers.map((_, index) => countLayer(made, index));
        const { channels, neurons, weights, synapses } = countNetwork(made);
        const sum = (key: 'channels' | 'neurons' | 'weights' | 'synapses') =>
          layers.reduce((total, layer) => total + layer[key], 0);
        expect([sum('channels'), sum('neurons'), sum('weights'), sum('synapses')]).toEqual([
          channels,
          neurons,
          weights,
          synapses,
        ]);
      }),
    );
    expect(() => countLayer(demo, 9)).toThrow(expect.objectContaining({ code: 'internal.error' }));
  });
});

function countWeightsByHand(made: Network): number {
  let weights = 0;
  for (const layer of made.layers) {
    if (layer.kind === 'conv')
      weights += [...positions([layer.kernel, layer.kernel, layer.inputShape[2]])].length * layer.filters;
    if (layer.kind === 'dense') weights += [...positions(layer.inputShape)].length * layer.units;
  }
  return weights;
}

describe('networkBlocks', () => {
  it('groups the layers that belong to a weight layer', () => {
    const made = network('4C3-BN-MP2-LIF-AP2-DP0.5-FC20-IF-FC10');
    const [first, second, third] = networkBlocks(made);
    expect(first).toMatchObject({
      index: 0,
      isOutput: false,
      batchNorm: { id: '1.bn' },
      neuron: { id: '3.lif' },
    });
    expect(first!.poolsBeforeNeuron.map(({ id }) => id)).toEqual(['2.mp']);
    expect(first!.poolsAfterNeuron.map(({ id }) => id)).toEqual(['4.ap']);
    expect(second).toMatchObject({ index: 6, isOutput: false, batchNorm: null, neuron: { id: '7.if' } });
    expect(third).toMatchObject({ index: 8, isOutput: true, batchNorm: null, neuron: null });
  });
});

describe('pruneNetwork', () => {
  it('is the network without the connections of the removed units', () => {
    fc.assert(
      fc.property(prunedNetworks, ([dense, kept]) => {
        const pruned = pruneNetwork(dense, kept);
        expect(pruned.layers.map(({ id, kind }) => [id, kind])).toEqual(
          dense.layers.map(({ id, kind }) => [id, kind]),
        );
        const left = connections(dense).filter(({ layer, inputChannel, outputChannel }) => {
          const blocks = networkBlocks(dense);
          const position = blocks.findIndex(({ weight }) => weight.id === layer);
          const before = blocks[position - 1]?.weight.id;
          return (
            (kept[layer]?.includes(outputChannel) ?? true) &&
            (before === undefined || (kept[before]?.includes(inputChannel) ?? true))
          );
        });
        expect(countNetwork(pruned).synapses).toBe(left.length);
        expect(connections(pruned).length).toBe(left.length);
        expect(costLeft(synapseCost(dense), kept)).toBe(left.length);
        expect(costLeft(neuronCost(dense), kept)).toBe(countNetwork(pruned).neurons);
        for (const [i, layer] of pruned.layers.entries()) {
          if (i > 0) expect(layer.inputShape).toEqual(pruned.layers[i - 1]!.outputShape);
        }
        expect(pruned.layers.at(-1)!.outputShape).toEqual(dense.layers.at(-1)!.outputShape);
      }),
      { numRuns: 150 },
    );
  });

  it('with every unit kept is the same network', () => {
    fc.assert(
      fc.property(smallNetworks, (dense) => {
        const all = prunableLayers(dense).map(({ id, units }) => [
          id,
          Array.from({ length: units }, (_, i) => i),
        ]);
        expect(pruneNetwork(dense, Object.fromEntries(all))).toEqual(dense);
        expect(pruneNetwork(dense, {})).toEqual(dense);
      }),
    );
  });

  it('leaves its argument alone', () => {
    const before = structuredClone(demo);
    pruneNetwork(demo, { '0.conv': [1, 5, 9] });
    expect(demo).toEqual(before);
  });

  it.each([
    [{ '8.fc': [0, 1] }, 'cannot be pruned'],
    [{ '1.bn': [0] }, 'cannot be pruned'],
    [{ '9.conv': [0] }, 'cannot be pruned'],
    [{ '0.conv': [] }, 'empty'],
    [{ '0.conv': [3, 1] }, 'unsorted'],
    [{ '0.conv': [1, 1] }, 'unsorted'],
    [{ '0.conv': [0, 32] }, 'below 32'],
    [{ '0.conv': [-1, 2] }, 'unsorted'],
    [{ '0.conv': [0.5] }, 'unsorted'],
  ])('refuses %j', (kept, reason) => {
    expect(() => pruneNetwork(demo, kept)).toThrow(reason);
    expect(() => pruneNetwork(demo, kept)).toThrow(expect.objectContaining({ code: 'internal.error' }));
  });
});

describe('prunableLayers', () => {
  it('are all but the read-out, with a floor of 4 units or a tenth', () => {
    expect(prunableLayers(demo)).toEqual([
      { id: '0.conv', units: 32, floor: 4 },
      { id: '4.conv', units: 64, floor: 7 },
    ]);
    expect(prunableLayers(network('2C3-LIF-30C3-LIF-FC300-LIF-FC10-LIF')).map(({ floor }) => floor)).toEqual([
      2, 4, 30,
    ]);
    expect(prunableLayers(demo, { floorUnits: 1, floorFraction: 0.5 }).map(({ floor }) => floor)).toEqual([
      16, 32,
    ]);
    expect(prunableLayers(demo, { floorUnits: 0, floorFraction: 0 }).map(({ floor }) => floor)).toEqual([
      1, 1,
    ]);
    expect(prunableLayers(network('100C1-LIF-FC10'), { floorUnits: 1, floorFraction: 0.07 })[0]!.floor).toBe(
      7,
    );
    expect(prunableLayers(network('FC10'))).toEqual([]);
  });

  it('says how many units a fraction removes: at least that share', () => {
    expect(unitsToRemove(0.5, 96)).toBe(48);
    expect(unitsToRemove(0.5, 97)).toBe(49);
    expect(unitsToRemove(0.1, 30)).toBe(3);
    // 0.07 · 100 is 7.000000000000001.
    expect(unitsToRemove(0.07, 100)).toBe(7);
    expect(unitsToRemove(0.7, 10)).toBe(7);
    expect(unitsToRemove(0, 10)).toBe(0);
    expect(unitsToRemove(0.5, 0)).toBe(0);
  });
});
