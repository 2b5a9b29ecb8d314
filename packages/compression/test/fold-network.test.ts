import type { Network } from '@spikefit/contracts';
import {
  denseWeights,
  foldedParameters,
  forward,
  type HostParameters,
  type HostTensor,
  parameterNames,
  toTensors,
} from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { clusteredLevels } from '../src/codebooks/clustered-levels.ts';
import { initializeCodebooks } from '../src/codebooks/initialize-codebooks.ts';
import {
  type CodebookGroup,
  codebookId,
  describeCodebooks,
  equalizeUnits,
  foldNetwork,
  type LayerCodebook,
  makeGammaPositive,
} from '../src/index.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

/** Logits and every spike of a network, read to the host. */
function run(network: Network, parameters: HostParameters, samples = 4) {
  return tf.tidy(() => {
    const { input } = exampleBatch(network, samples, 3);
    const { logits, spikes } = forward(network, toTensors(parameters), input, {
      training: false,
      collectSpikes: true,
    });
    return {
      logits: [...logits.dataSync()],
      spikes: Object.fromEntries(Object.entries(spikes!).map(([id, tensor]) => [id, [...tensor.dataSync()]])),
    };
  });
}

/** The codebooks of all layers, and the parameters with the weights replaced by the values that they store. */
function quantised(network: Network, parameters: HostParameters, group: CodebookGroup) {
  const weights = Object.fromEntries(
    networkBlocks(network).map(({ weight }) => [weight.id, parameters[parameterNames.weights(weight.id)]!]),
  );
  const options = { levels: 4, bits: 8, group };
  const ids = [...new Set(Object.keys(weights).map((id) => codebookId(group, id)))];
  const levels = Object.fromEntries(
    ids.map((id) => [
      id,
      initializeCodebooks(group === 'network' ? Object.values(weights) : weights[id]!, options),
    ]),
  );
  const codebooks: Record<string, LayerCodebook> = describeCodebooks(weights, levels, {
    group,
    rule: clusteredLevels(options),
  });
  const replaced = { ...parameters };
  for (const [id, { groups, assignments }] of Object.entries(codebooks)) {
    const value = (k: number, i: number) => {
      const { codes, delta } = groups[groups.length === 1 ? 0 : i % groups.length]!;
      return delta * codes[k]!;
    };
    replaced[parameterNames.weights(id)] = {
      shape: weights[id]!.shape,
      data: Float32Array.from(assignments, value),
    };
  }
  return { codebooks, parameters: replaced };
}

/** Rounding may move a potential across its threshold; that must stay a rare exception. */
function expectSameSpikes(a: ReturnType<typeof run>, b: ReturnType<typeof run>): void {
  for (const [id, spikes] of Object.entries(a.spikes)) {
    expect(spikes.some((s) => s === 1) && spikes.some((s) => s === 0)).toBe(true);
    expect([id, spikes.filter((s, i) => s !== b.spikes[id]![i]).length]).toEqual([id, 0]);
  }
  a.logits.forEach((logit, i) => {
    expect(b.logits[i]).toBeCloseTo(logit, 4);
  });
}

const networks: [string, Network][] = [
  ['conv-BN-LIF, FC with bias', buildNetwork('6C3-BN-LIF-MP2-5C3S2-BN-LIF-FC3')],
  ['pools between batch norm and neuron', buildNetwork('6C3-BN-MP2-LIF-5C3-BN-AP2-LIF-FC3')],
  [
    'reset to a value, decayed input',
    buildNetwork('6C3-BN-LIF-FC8-BN-LIF-FC3', { neuron: { resetValue: -0.3, decayInput: true, tau: 1.5 } }),
  ],
  [
    'soft reset, learned decay, gt',
    buildNetwork('6C3-BN-PLIF-AP2-FC8-BN-IF-FC3', {
      neuron: { reset: 'soft', comparison: 'gt', resetValue: 0.1 },
    }),
  ],
  ['delayed reset', buildNetwork('6C3-BN-LIF-FC3', { neuron: { resetDelay: true } })],
  ['no batch norm, spiking read-out, dropout', buildNetwork('6C3-LIF-DP0.5-FC8-IF-FC3-BN-LIF')],
];

describe.each(networks)('folding: %s', (_, network) => {
  const parameters = trainedParameters(network, 7);
  const hasNorms = network.layers.some(({ kind }) => kind === 'batchNorm');

  it.each<CodebookGroup>(['layer', 'channel', 'network'])(
    'leaves every spike with codebooks per %s',
    (group) => {
      const { codebooks, parameters: stored } = quantised(network, parameters, group);
      const folded = foldNetwork({ network, parameters, codebooks });
      expect(folded.network.layers.some(({ kind }) => kind === 'batchNorm' || kind === 'dropout')).toBe(
        false,
      );
      expectSameSpikes(run(network, stored), run(folded.network, foldedParameters(folded)));
      for (const weights of Object.values(folded.weights)) {
        const units = weights.shape.at(-1)!;
        const values = denseWeights(weights);
        for (let unit = 0; unit < units; unit++) {
          expect(new Set(values.filter((__, i) => i % units === unit)).size).toBeLessThanOrEqual(4);
        }
        if (group !== 'channel') expect(new Set(values).size).toBeLessThanOrEqual(4);
      }
      if (group === 'network') {
        const all = Object.values(folded.weights).flatMap((weights) => [...denseWeights(weights)]);
        expect(new Set(all).size).toBeLessThanOrEqual(4);
      }
    },
  );

  it('leaves every spike of a float network, with one threshold per layer', () => {
    const folded = foldNetwork({ network, parameters });
    expectSameSpikes(run(network, parameters), run(folded.network, foldedParameters(folded)));
    for (const threshold of Object.values(folded.threshold)) expect(threshold.length).toBe(1);
  });

  it('keeps the norms out of the weights where a layer shares its values', () => {
    const { codebooks } = quantised(network, parameters, 'layer');
    const folded = foldNetwork({ network, parameters, codebooks });
    const lengths = Object.values(folded.threshold).map(({ length }) => length);
    expect(lengths.some((length) => length > 1)).toBe(hasNorms);
  });
});

describe('a negative γ', () => {
  const network = buildNetwork('6C3-BN-MP2-LIF-FC8-BN-LIF-FC3');
  const parameters = trainedParameters(network, 11, { negativeGamma: true });
  const gammas = (all: HostParameters) =>
    Object.entries(all)
      .filter(([name]) => name.endsWith('/gamma'))
      .flatMap(([, { data }]) => [...data]);

  it('is flipped with its weights and mean, and no spike changes', () => {
    expect(gammas(parameters).some((gamma) => gamma < 0)).toBe(true);
    const before = structuredClone(parameters);
    const positive = makeGammaPositive(network, parameters);
    expect(gammas(positive).every((gamma) => gamma > 0)).toBe(true);
    expectSameSpikes(run(network, parameters), run(network, positive));
    expect(parameters).toEqual(before);
  });

  it('is refused by folding, which cannot divide by it', () => {
    expect(() => foldNetwork({ network, parameters })).toThrow('not positive');
    expect(
      foldNetwork({ network, parameters: makeGammaPositive(network, parameters) }).kept['0.conv'],
    ).toEqual({
      units: 6,
      indices: [0, 1, 2, 3, 4, 5],
    });
  });
});

describe('units of one size', () => {
  /** Root mean square of the weights of each unit that are not 0. */
  const sizes = ({ shape, data }: HostTensor): number[] =>
    Array.from({ length: shape.at(-1)! }, (_, unit) =>
      sizeOf([...data].filter((__, i) => i % shape.at(-1)! === unit)),
    );
  const sizeOf = (weights: readonly number[]): number => {
    const left = weights.filter((value) => value !== 0);
    return Math.sqrt(left.reduce((sum, value) => sum + value ** 2, 0) / left.length);
  };
  const [conv, dense, readOut] = ['0.conv/weights', '3.fc/weights', '6.fc/weights'] as const;
  const network = buildNetwork('6C3-BN-LIF-FC8-BN-LIF-FC3');

  it.each(networks)('change no spike: %s', (_, of) => {
    const parameters = trainedParameters(of, 7);
    const before = structuredClone(parameters);
    for (const group of ['layer', 'network'] as const)
      expectSameSpikes(run(of, parameters), run(of, equalizeUnits(of, parameters, group)));
    expect(parameters).toEqual(before);
  });

  it('are those of their layer, zeros left out', () => {
    const parameters = trainedParameters(network, 7);
    parameters[conv]!.data.fill(0, 0, 30);
    const next = equalizeUnits(network, parameters, 'layer');
    for (const name of [conv, dense]) {
      const own = sizeOf([...parameters[name]!.data]);
      expect(Math.max(...sizes(parameters[name]!)) / own).toBeGreaterThan(1.02);
      for (const size of sizes(next[name]!)) expect(size).toBeCloseTo(own, 5);
    }
    expect(next[readOut]).toBe(parameters[readOut]);
  });

  it('are those of the layers without a choice where the network shares its values', () => {
    const parameters = trainedParameters(network, 7);
    const next = equalizeUnits(network, parameters, 'network');
    const own = sizeOf([...parameters[readOut]!.data]);
    for (const name of [conv, dense]) for (const size of sizes(next[name]!)) expect(size).toBeCloseTo(own, 5);
  });

  it('change no spike where running variances are small, and leave silent units alone', () => {
    const parameters = trainedParameters(network, 7);
    const [variance, weights] = [parameters['1.bn/variance']!.data, parameters[conv]!.data];
    const units = variance.length;
    // Unit 0 answers little, unit 1 nothing; unit 2 has weights that have nearly vanished.
    variance.set([3e-5, 0, 1e-3]);
    for (let i = 0; i < weights.length; i += units) {
      weights[i]! *= 20;
      weights[i + 2]! *= 1e-6;
    }
    const next = equalizeUnits(network, parameters, 'network');
    expectSameSpikes(run(network, parameters), run(network, next));
    const column = (data: Float32Array, unit: number) => data.filter((_, i) => i % units === unit);
    expect(column(next[conv]!.data, 1)).toEqual(column(weights, 1));
    expect(sizes(next[conv]!)[2]! / sizes(parameters[conv]!)[2]!).toBeCloseTo(64, 2);
  });

  it('stay as they are with a codebook each, and where all weights are 0', () => {
    const parameters = trainedParameters(network, 7);
    expect(equalizeUnits(network, parameters, 'channel')).toBe(parameters);
    parameters[conv]!.data.fill(0);
    expect(equalizeUnits(network, parameters, 'layer')[conv]).toEqual(parameters[conv]);
  });
});
