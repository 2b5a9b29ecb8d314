import '@tensorflow/tfjs-backend-cpu';
import type { Network } from '@spikefit/contracts';
import { defaultNeuron, inferNetwork } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { denseWeights, type FoldedNetwork, foldedParameters, unitsFirst } from './folded-network.ts';

const group = (codes: number[], delta: number) => ({ codes: Int8Array.from(codes), delta });

describe('the order of weights', () => {
  it('has the output unit first in files and last in tensors', () => {
    // Two inputs, three units: tensor rows are inputs.
    const tensor = Float32Array.of(1, 2, 3, 4, 5, 6);
    const file = unitsFirst(tensor, 3, new Float32Array(6));
    expect([...file]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

describe('weights of a folded network', () => {
  it('are Δ·code of their index, in the order of the tensor', () => {
    const indices = Uint8Array.of(0, 1, 1, 2);
    const weights = (groups: ReturnType<typeof group>[], kind: 'layer' | 'channel') =>
      denseWeights({ shape: [2, 2], codebook: { group: kind, groups, indices }, dense: null });
    expect([...weights([group([-2, 0, 3], 0.5)], 'layer')]).toEqual([-1, 0, 0, 1.5]);
    expect([...weights([group([-2, 0, 3], 0.5), group([1, 2, 4], 2)], 'channel')]).toEqual([-1, 4, 0, 8]);
  });

  it('are rounded once, to float32', () => {
    const codebook = {
      group: 'layer',
      groups: [group([-1, 3], Math.fround(0.1))],
      indices: Uint8Array.of(1),
    } as const;
    expect(denseWeights({ shape: [1, 1], codebook, dense: null })[0]).toBe(Math.fround(3 * Math.fround(0.1)));
  });

  it('are refused when there are none', () => {
    expect(() => denseWeights({ shape: [1, 1], codebook: null, dense: null })).toThrow(
      'neither codebook nor values',
    );
  });
});

describe('parameters of a folded network', () => {
  it('are those that forward reads, and no others', () => {
    const network: Network = inferNetwork({
      architecture: '2C3-LIF-FC3-IF',
      inputShape: [2, 2, 1],
      classes: 3,
      timeSteps: 2,
      encoder: 'direct',
      neuron: defaultNeuron,
    });
    const folded: FoldedNetwork = {
      network,
      weights: {
        '0.conv': { shape: [3, 3, 1, 2], codebook: null, dense: new Float32Array(18) },
        '2.fc': { shape: [8, 3], codebook: null, dense: new Float32Array(24) },
      },
      bias: { '0.conv': Float32Array.of(1, 2), '2.fc': Float32Array.of(1, 2, 3) },
      threshold: { '1.lif': Float32Array.of(1, 2), '3.if': Float32Array.of(1) },
      reset: { '1.lif': Float32Array.of(0), '3.if': Float32Array.of(0) },
      decay: { '1.lif': 0.5 },
      kept: {},
      neurons: {},
    };
    const shapes = Object.fromEntries(
      Object.entries(foldedParameters(folded)).map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toEqual({
      '0.conv/weights': [3, 3, 1, 2],
      '0.conv/bias': [2],
      '1.lif/threshold': [2],
      '1.lif/reset': [1],
      '1.lif/decay': [1],
      '2.fc/weights': [8, 3],
      '2.fc/bias': [3],
      '3.if/threshold': [1],
      '3.if/reset': [1],
    });
  });
});
