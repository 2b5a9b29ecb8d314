import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connectionsBetween,
  countLayer,
  denseNeurons,
  inputsLeft,
  keptChannels,
  layerPresence,
  type NeuronsLeft,
  networkBlocks,
  neuronsAtFloors,
  neuronsGone,
  presentNeurons,
  prunableNeurons,
  pruneNetwork,
} from '../src/index.ts';
import { connections, positions } from './enumerate.ts';
import { network, smallNetworks } from './networks.ts';

/** A network with a random choice of the neurons that stay; at least one of every layer. */
const thinned = smallNetworks.chain((dense) =>
  fc.tuple(
    fc.constant(dense),
    fc.record(
      Object.fromEntries(
        prunableNeurons(dense).map(({ id, neurons }) => [
          id,
          fc
            .array(fc.integer({ min: 0, max: 1 }), { minLength: neurons, maxLength: neurons })
            .map((bits) => Uint8Array.from(bits.includes(1) ? bits : bits.map(() => 1))),
        ]),
      ),
    ) as fc.Arbitrary<NeuronsLeft>,
  ),
);

describe('neurons that are left', () => {
  it('have the connections of an enumeration in which both ends are there', () => {
    fc.assert(
      fc.property(thinned, ([dense, left]) => {
        const masks = Object.fromEntries(
          prunableNeurons(dense).map(({ id, neuronId }) => [neuronId, left[id]!]),
        );
        const presence = layerPresence(dense, masks);
        const all = connections(dense);
        for (const { weight } of networkBlocks(dense)) {
          const at = (shape: typeof weight.inputShape, mask: Uint8Array | null) =>
            new Map([...positions(shape)].map((place, i) => [place.join(), mask?.[i] ?? 1]));
          const inputs = at(weight.inputShape, presence[weight.id]!.inputs);
          const outputs = at(weight.outputShape, presence[weight.id]!.outputs);
          const expected = all.filter(
            ({ layer, input, output }) =>
              layer === weight.id && inputs.get(input) === 1 && outputs.get(output) === 1,
          );
          expect(connectionsBetween(weight, presence[weight.id]!)).toBe(expected.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are the same in the pruned network and in the dense one', () => {
    fc.assert(
      fc.property(thinned, ([dense, left]) => {
        const kept = keptChannels(dense, left);
        const pruned = pruneNetwork(dense, kept);
        const masks = presentNeurons(dense, left);
        const own = Object.fromEntries(
          prunableNeurons(pruned).map(({ id, neuronId, neurons }) => [
            id,
            masks[neuronId] ?? new Uint8Array(neurons).fill(1),
          ]),
        );
        expect(denseNeurons<Uint8Array>(dense, kept, own)).toEqual(left);
        const total = prunableNeurons(pruned).reduce((sum, { neurons }) => sum + neurons, 0);
        const ones = Object.values(left).reduce(
          (sum, mask) => sum + mask.filter((one) => one === 1).length,
          0,
        );
        expect(total - neuronsGone(masks)).toBe(ones);
      }),
    );
  });

  it('reach what is behind their pools by windows; incomplete windows reach nothing', () => {
    const net = network('1C1-LIF-MP2-2C1-MP2-LIF-FC10', [5, 4, 1]);
    // One neuron in the second window of the first row, one in the row that no window has.
    const first = new Uint8Array(20);
    first[2] = 1;
    first[17] = 1;
    const presence = layerPresence(net, { '1.lif': first, '5.lif': Uint8Array.of(1, 0) });
    expect(presence['3.conv']).toEqual({
      inputs: Uint8Array.of(0, 1, 0, 0),
      outputs: Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 0),
    });
    expect(presence['6.fc']).toEqual({ inputs: Uint8Array.of(1, 0), outputs: null });
    expect(inputsLeft(net, { '5.lif': Uint8Array.of(1, 0) })).toEqual({ '6.fc': Uint8Array.of(1, 0) });
    expect(inputsLeft(net, { '5.lif': Uint8Array.of(1, 1) })).toEqual({});
  });

  it('whole, are those of the dense network', () => {
    const net = network('6C3-BN-LIF-MP2-5C3S2-AP2-LIF-FC7-LIF-FC10', [14, 14, 1]);
    const presence = layerPresence(net, {});
    for (const { weight, index } of networkBlocks(net))
      expect(connectionsBetween(weight, presence[weight.id]!)).toBe(countLayer(net, index).synapses);
  });

  it('at their floors fill few channels', () => {
    const net = network('6C3-LIF-FC30-LIF-FC10', [10, 10, 1]);
    const left = neuronsAtFloors(net, { floorUnits: 4, floorFraction: 0.2 });
    // 20 % of 600 neurons are one map and a fifth of the next, of 30 units six.
    expect(keptChannels(net, left)).toEqual({ '0.conv': [0, 1], '2.fc': [0, 1, 2, 3, 4, 5] });
    expect(left['0.conv']!.reduce((a, b) => a + b, 0)).toBe(120);
  });
});
