import { CodedError } from '@spikefit/contracts';
import { forward, type HostParameters, initializeParameters, parameterNames, toTensors } from '@spikefit/snn';
import {
  costAtFloors,
  costLeft,
  defaultFloors,
  type KeptUnits,
  networkBlocks,
  neuronCost,
  prunableLayers,
  pruneNetwork,
  randomStream,
  synapseCost,
  unitCost,
  unitsOf,
} from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allUnits,
  codebookParameter,
  maskRows,
  operationCost,
  planFit,
  planPruning,
  pruneParameters,
  removeFirst,
  shareOfRest,
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
      [codebookParameter('0.conv', 'levels')]: {
        shape: [12, 2],
        data: Float32Array.from({ length: 24 }, (_, i) => i),
      },
      [codebookParameter('4.conv', 'levels')]: { shape: [1, 2], data: Float32Array.of(1, 2) },
      [codebookParameter('network', 'levels')]: { shape: [1, 2], data: Float32Array.of(3, 4) },
    };
    const kept = { '0.conv': [1, 4, 5, 7], '4.conv': [0, 1, 2, 3] };
    expect(
      pruneParameters({ network, keptNow: allUnits(network), keptNext: kept, parameters: levels }),
    ).toEqual({
      ...levels,
      [codebookParameter('0.conv', 'levels')]: {
        shape: [4, 2],
        data: Float32Array.of(2, 3, 8, 9, 10, 11, 14, 15),
      },
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
  const floors = prunableLayers(dense, defaultFloors);
  const all = allUnits(dense);
  const least = Object.fromEntries(floors.map(({ id, floor }) => [id, floor]));
  const costs = { units: unitCost(dense), neurons: neuronCost(dense), synapses: synapseCost(dense) };
  const scoresOf = (seed: number, kept: KeptUnits) => {
    const stream = randomStream(seed, 'fsc', 1);
    return Object.fromEntries(
      Object.entries(kept).map(([id, units]) => [id, units.map(() => stream.uniform())]),
    );
  };
  const counts = (kept: KeptUnits) =>
    Object.fromEntries(Object.entries(kept).map(([id, units]) => [id, units.length]));
  const even = Object.fromEntries(Object.entries(all).map(([id, units]) => [id, units.map(() => 1)]));

  it('removes the least scores', () => {
    const scores = {
      '0.conv': Array.from({ length: 12 }, (_, i) => i),
      '3.conv': new Array<number>(16).fill(100),
      '5.fc': new Array<number>(20).fill(100),
    };
    const plan = { scores, floors, price: null, cost: costs.units, mustMeet: true };
    const kept = planPruning({ ...plan, keptNow: all, limit: 43 });
    expect(kept['0.conv']).toEqual([5, 6, 7, 8, 9, 10, 11]);
    const end = planPruning({
      ...plan,
      keptNow: kept,
      scores: { ...scores, '0.conv': [9, 9, 0, 9, 1, 9, 2] },
      limit: 40,
    });
    expect(end['0.conv']).toEqual([5, 6, 8, 10]);
    expect(removeFirst({ keptNow: all, scores, floors, price: null }, 5)).toEqual(kept);
  });

  it('follows the cubic schedule, step by step', () => {
    expect(cubicShare(1, 4)).toBeCloseTo(1 - 0.75 ** 3);
    let left = 1;
    for (let step = 1; step <= 4; step++) {
      left *= 1 - shareOfRest(step, 4);
      expect(1 - left).toBeCloseTo(cubicShare(step, 4), 12);
    }
    expect(left).toBe(0);
  });

  it('asks what a removal saves when neurons are counted', () => {
    // A unit of the first convolution carries 64 neurons, one of the second 16, one of the FC 1.
    const plan = { keptNow: all, scores: even, floors, price: costs.neurons, cost: costs.neurons };
    const neurons = planPruning({ ...plan, limit: 900, mustMeet: true });
    expect(counts(neurons)).toEqual({ '0.conv': 9, '3.conv': 16, '5.fc': 20 });
    expect(costLeft(costs.neurons, neurons)).toBe(852);
  });

  it('asks every unit what its own spikes cost when operations are counted', () => {
    const activity = {
      '3.conv': Array.from({ length: 12 }, (_, channel) => (channel === 7 ? 50 : 1)),
      '5.fc': new Array<number>(16).fill(1),
      '7.fc': new Array<number>(20).fill(1),
    };
    const prices = { accumulate: 1, multiplyAccumulate: 0 };
    const cost = operationCost({ dense, keptNow: all, activity, prices, unit: 'operations' });
    // By hand: 16 · (11 · 1 + 50) + 20 · 16 + 3 · 20.
    expect(costLeft(cost, all)).toBe(16 * 61 + 20 * 16 + 3 * 20);
    const kept = planPruning({
      keptNow: all,
      scores: even,
      floors,
      price: cost,
      cost,
      limit: costLeft(cost, all) - 1,
      mustMeet: true,
    });
    expect(counts(kept)).toEqual({ '0.conv': 11, '3.conv': 16, '5.fc': 20 });
    expect(kept['0.conv']).not.toContain(7);
  });

  it('meets any limit that the floors allow, never below a floor, never bringing back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('units' as const, 'neurons' as const, 'synapses' as const),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(1000),
        (kind, share, steps, seed) => {
          const cost = costs[kind];
          const [low, high] = [costAtFloors(cost, floors), costLeft(cost, {})];
          const end = Math.ceil(low + share * (high - low));
          let kept = all;
          for (let step = 1; step <= steps; step++) {
            const now = costLeft(cost, kept);
            const next = planPruning({
              keptNow: kept,
              scores: scoresOf(seed + step, kept),
              floors,
              price: kind === 'units' ? null : cost,
              cost,
              limit: now - (now - end) * shareOfRest(step, steps),
              mustMeet: step === steps,
            });
            for (const [id, units] of Object.entries(next)) {
              expect(units.every((unit) => kept[id]!.includes(unit))).toBe(true);
              expect(units.length).toBeGreaterThanOrEqual(least[id]!);
            }
            kept = next;
          }
          expect(costLeft(cost, kept)).toBeLessThanOrEqual(end);
          if (kind === 'units') expect(costLeft(cost, kept)).toBe(end);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says so when the floors do not allow the budget', () => {
    const plan = () =>
      planPruning({
        keptNow: all,
        scores: scoresOf(1, all),
        floors,
        price: null,
        cost: costs.synapses,
        limit: 10,
        mustMeet: true,
      });
    expect(plan).toThrow(CodedError);
    expect(plan).toThrow('spec.budget-invalid');
  });

  it('removes nothing for a budget that is met', () => {
    const plan = { keptNow: all, scores: scoresOf(1, all), floors, price: null, cost: costs.neurons };
    expect(planPruning({ ...plan, limit: 1e9, mustMeet: true })).toEqual(all);
  });

  it('finds the least pruning that fits, and says when none does', () => {
    const input = { keptNow: all, scores: scoresOf(3, all), floors, price: null };
    const neurons = (kept: KeptUnits) => costLeft(costs.neurons, kept);
    const plan = planFit(input, (kept) => neurons(kept) <= 700)!;
    expect(neurons(plan.kept)).toBeLessThanOrEqual(700);
    expect(neurons(removeFirst(input, plan.removed - 1))).toBeGreaterThan(700);
    expect(planFit(input, () => true)).toEqual({ kept: all, removed: 0 });
    expect(planFit(input, (kept) => neurons(kept) < costAtFloors(costs.neurons, floors))).toBeNull();
  });
});
