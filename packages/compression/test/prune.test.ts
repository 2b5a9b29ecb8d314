import { CodedError } from '@spikefit/contracts';
import { forward, type HostParameters, initializeParameters, parameterNames, toTensors } from '@spikefit/snn';
import {
  countNetwork,
  defaultFloors,
  type KeptUnits,
  networkBlocks,
  neuronsAfter,
  prunableLayers,
  pruneNetwork,
  randomStream,
  synapsesAfter,
  unitsOf,
} from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allUnits,
  levelsParameter,
  maskRows,
  type PruningBudget,
  planPruning,
  pruneParameters,
} from '../src/index.ts';
import { cubicShare } from '../src/pruning/plan-pruning.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

const network = buildNetwork('12C3-BN-LIF-MP2-16C3-BN-LIF-AP2-FC20-LIF-FC3');
const randomKept = (seed: number): KeptUnits => {
  const stream = randomStream(seed, 'fsc', 0);
  return Object.fromEntries(
    prunableLayers(network).map(({ id, units, floor }) => {
      const all = stream.shuffle(Array.from({ length: units }, (_, unit) => unit));
      return [id, all.slice(0, floor + stream.integer(units - floor + 1)).sort((a, b) => a - b)];
    }),
  );
};

describe('pruned parameters', () => {
  /** The dense network with everything that leaves a removed unit set to 0. */
  function silenced(parameters: HostParameters, kept: KeptUnits): HostParameters {
    const next = structuredClone(parameters);
    const blocks = networkBlocks(network);
    for (const [position, { weight }] of blocks.entries()) {
      const reader = blocks[position + 1]?.weight;
      if (reader === undefined) continue;
      const channels = unitsOf(weight);
      const units = unitsOf(reader);
      const { data } = next[parameterNames.weights(reader.id)]!;
      for (let i = 0; i < data.length; i++) {
        if (!kept[weight.id]!.includes(Math.floor(i / units) % channels)) data[i] = 0;
      }
    }
    return next;
  }

  it('compute what the dense network does when the removed units reach nobody', () => {
    const parameters = trainedParameters(network, 3);
    for (const seed of [1, 2, 3]) {
      const kept = randomKept(seed);
      const pruned = pruneParameters({ network, keptNow: allUnits(network), keptNext: kept, parameters });
      const logits = (parametersOf: HostParameters, net = network) =>
        tf.tidy(() => {
          const { input } = exampleBatch(network, 5, 8);
          return [...forward(net, toTensors(parametersOf), input, { training: false }).logits.dataSync()];
        });
      const expected = logits(silenced(parameters, kept));
      logits(pruned, pruneNetwork(network, kept)).forEach((logit, i) => {
        expect(logit).toBeCloseTo(expected[i]!, 4);
      });
    }
  });

  it('have the shapes that the pruned network starts with', () => {
    const kept = randomKept(5);
    const pruned = pruneParameters({
      network,
      keptNow: allUnits(network),
      keptNext: kept,
      parameters: initializeParameters(network, 1),
    });
    const shapes = (all: HostParameters) =>
      Object.fromEntries(Object.entries(all).map(([name, { shape }]) => [name, shape]));
    expect(shapes(pruned)).toEqual(shapes(initializeParameters(pruneNetwork(network, kept), 1)));
  });

  it('are the same in two steps as in one', () => {
    const parameters = trainedParameters(network, 4);
    const all = allUnits(network);
    const first = Object.fromEntries(
      Object.entries(all).map(([id, units]) => [id, units.filter((u) => u % 3 !== 0)]),
    );
    const second = Object.fromEntries(
      Object.entries(first).map(([id, units]) => [id, units.filter((u) => u % 2 === 0)]),
    );
    const halfway = pruneParameters({ network, keptNow: all, keptNext: first, parameters });
    const twice = pruneParameters({
      network: pruneNetwork(network, first),
      keptNow: first,
      keptNext: second,
      parameters: halfway,
    });
    expect(twice).toEqual(pruneParameters({ network, keptNow: all, keptNext: second, parameters }));
  });

  it('lose the rows of γ also where it is kept as its logarithm', () => {
    const logGamma = parameterNames.logGamma('1.bn');
    expect(logGamma).toBe('1.bn/logGamma');
    const parameters = { [logGamma]: { shape: [12], data: Float32Array.from({ length: 12 }, (_, i) => i) } };
    const kept = { '0.conv': [1, 4, 5, 7] };
    expect(pruneParameters({ network, keptNow: allUnits(network), keptNext: kept, parameters })).toEqual({
      [logGamma]: { shape: [4], data: Float32Array.of(1, 4, 5, 7) },
    });
  });

  it('lose the codebooks of removed channels, and keep one that a layer shares', () => {
    const levels = {
      [levelsParameter('0.conv')]: { shape: [12, 2], data: Float32Array.from({ length: 24 }, (_, i) => i) },
      [levelsParameter('4.conv')]: { shape: [1, 2], data: Float32Array.of(1, 2) },
      [levelsParameter('network')]: { shape: [1, 2], data: Float32Array.of(3, 4) },
    };
    const kept = { '0.conv': [1, 4, 5, 7], '4.conv': [0, 1, 2, 3] };
    expect(
      pruneParameters({ network, keptNow: allUnits(network), keptNext: kept, parameters: levels }),
    ).toEqual({
      ...levels,
      [levelsParameter('0.conv')]: { shape: [4, 2], data: Float32Array.of(2, 3, 8, 9, 10, 11, 14, 15) },
    });
  });

  it('cannot bring a unit back', () => {
    const keptNow = { '0.conv': [0, 1, 2, 3] };
    expect(() =>
      pruneParameters({
        network: pruneNetwork(network, keptNow),
        keptNow,
        keptNext: { '0.conv': [0, 1, 2, 9] },
        parameters: {},
      }),
    ).toThrow('unit 9 of 0.conv');
  });
});

describe('mask rows', () => {
  it('have bit i, from the lowest, where unit i is left', () => {
    const [first, second] = maskRows(network, { '0.conv': [0, 2, 9] });
    expect(first).toEqual({
      layer: '0.conv',
      unit: 'channel',
      shape: [12],
      kept: 3,
      bitmap: Buffer.from([0b101, 0b10]).toString('base64'),
    });
    expect(second).toMatchObject({
      layer: '4.conv',
      kept: 16,
      bitmap: Buffer.from([255, 255]).toString('base64'),
    });
  });
});

describe('the plan of a pruning step', () => {
  const dense = buildNetwork('12C3-LIF-MP2-16C3-LIF-FC20-LIF-FC3');
  const floors = defaultFloors;
  const scoresOf = (seed: number, kept: KeptUnits) => {
    const stream = randomStream(seed, 'fsc', 1);
    return Object.fromEntries(
      Object.entries(kept).map(([id, units]) => [id, units.map(() => stream.uniform())]),
    );
  };
  const counts = (kept: KeptUnits) =>
    Object.fromEntries(Object.entries(kept).map(([id, units]) => [id, units.length]));
  const left = (kept: KeptUnits, kind: PruningBudget['kind']): number =>
    kind === 'fraction'
      ? Object.values(kept).reduce((sum, units) => sum + units.length, 0)
      : (kind === 'neurons' ? neuronsAfter : synapsesAfter)(dense, counts(kept));

  it('removes the least scores, and follows the cubic schedule', () => {
    const scores = {
      '0.conv': Array.from({ length: 12 }, (_, i) => i),
      '3.conv': new Array<number>(16).fill(100),
      '5.fc': new Array<number>(20).fill(100),
    };
    const budget = { kind: 'fraction', value: 8 / 48 } as const;
    const kept = planPruning({ dense, keptNow: {}, scores, budget, step: 1, steps: 4, floors });
    expect(cubicShare(1, 4)).toBeCloseTo(1 - 0.75 ** 3);
    // ⌈8 · 0.578⌉ = 5 units.
    expect(kept['0.conv']).toEqual([5, 6, 7, 8, 9, 10, 11]);
    const end = planPruning({
      dense,
      keptNow: kept,
      scores: { ...scores, '0.conv': [9, 9, 0, 9, 1, 9, 2] },
      budget,
      step: 4,
      steps: 4,
      floors,
    });
    expect(end['0.conv']).toEqual([5, 6, 8, 10]);
  });

  it('asks what a removal saves when neurons or synapses are counted', () => {
    // A unit of the first convolution carries 64 neurons, one of the second 16, one of the FC 1.
    const even = Object.fromEntries(
      Object.entries(allUnits(dense)).map(([id, units]) => [id, units.map(() => 1)]),
    );
    const neurons = planPruning({
      dense,
      keptNow: {},
      scores: even,
      budget: { kind: 'neurons', value: 900 },
      step: 1,
      steps: 1,
      floors,
    });
    expect(counts(neurons)).toEqual({ '0.conv': 9, '3.conv': 16, '5.fc': 20 });
    expect(left(neurons, 'neurons')).toBe(852);
  });

  it('meets any budget that the floors allow, step by step, never below a floor, never bringing back', () => {
    const whole = countNetwork(dense);
    const least = Object.fromEntries(prunableLayers(dense).map(({ id, floor }) => [id, floor]));
    const bounds = {
      fraction: [0, 1 - Object.values(least).reduce((a, b) => a + b, 0) / 48],
      neurons: [neuronsAfter(dense, least), whole.neurons],
      synapses: [synapsesAfter(dense, least), whole.synapses],
    } as const;
    fc.assert(
      fc.property(
        fc.constantFrom('fraction', 'neurons', 'synapses'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(1000),
        (kind, share, steps, seed) => {
          const [low, high] = bounds[kind];
          const raw = low + share * (high - low);
          const budget: PruningBudget = { kind, value: kind === 'fraction' ? raw : Math.round(raw) };
          let kept = allUnits(dense);
          for (let step = 1; step <= steps; step++) {
            const next = planPruning({
              dense,
              keptNow: kept,
              scores: scoresOf(seed + step, kept),
              budget,
              step,
              steps,
              floors,
            });
            for (const [id, units] of Object.entries(next)) {
              expect(units.every((unit) => kept[id]!.includes(unit))).toBe(true);
              expect(units.length).toBeGreaterThanOrEqual(least[id]!);
            }
            kept = next;
          }
          const limit = kind === 'fraction' ? 48 - Math.ceil(48 * budget.value - 1e-9) : budget.value;
          expect(left(kept, kind)).toBeLessThanOrEqual(limit);
          if (kind === 'fraction') expect(left(kept, kind)).toBe(limit);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says so when the floors do not allow the budget', () => {
    const plan = () =>
      planPruning({
        dense,
        keptNow: {},
        scores: scoresOf(1, allUnits(dense)),
        budget: { kind: 'synapses', value: 10 },
        step: 1,
        steps: 1,
        floors,
      });
    expect(plan).toThrow(CodedError);
    expect(plan).toThrow('spec.budget-invalid');
  });

  it('removes nothing for a budget that is met', () => {
    const budget = { kind: 'neurons', value: 1e9 } as const;
    expect(
      planPruning({
        dense,
        keptNow: {},
        scores: scoresOf(1, allUnits(dense)),
        budget,
        step: 1,
        steps: 1,
        floors,
      }),
    ).toEqual(allUnits(dense));
  });
});
