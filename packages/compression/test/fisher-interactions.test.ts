import { disposeTensors, toTensors } from '@spikefit/snn';
import { type KeptUnits, neuronCost } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  allUnits,
  fisherInteractions,
  interactionsLeft,
  removeFirst,
  type ScoreBatch,
  type ScoringInput,
  scoresAlone,
  type UnitInteractions,
  unitScorers,
} from '../src/index.ts';
import { buildNetwork, exampleBatch, trainedParameters } from './example-parameters.ts';

const network = buildNetwork('6C3-BN-LIF-MP2-5C3-BN-LIF-FC7-LIF-FC3');
const parameters = trainedParameters(network, 5);
const ids = ['0.conv', '4.conv', '7.fc'];

async function run<T>(scorer: (input: ScoringInput) => Promise<T>, sizes: readonly number[]): Promise<T> {
  function* batches(): Generator<ScoreBatch> {
    const { input, labels } = exampleBatch(network, 12, 21);
    let from = 0;
    for (const size of sizes) {
      yield tf.tidy(() => ({
        input: tf.slice(input, [from, 0, 0, 0], [size, -1, -1, -1]),
        labels: tf.slice(labels, from, size),
      }));
      from += size;
    }
    tf.dispose([input, labels]);
  }
  const tensors = toTensors(parameters);
  const result = await scorer({
    network,
    parameters: tensors,
    batches: batches(),
    labels: 'true',
    seed: 1,
    round: 0,
  });
  disposeTensors(tensors);
  return result;
}

/** Σ of all entries with both ends in the set of places. */
const costOf = ({ values }: UnitInteractions, places: readonly number[]): number => {
  const width = Math.sqrt(values.length);
  return places.reduce((sum, a) => sum + places.reduce((inner, b) => inner + values[a * width + b]!, 0), 0);
};

describe('what units cost together', () => {
  it('is of each alone what FSC says, however samples are batched', async () => {
    const fsc = await run(unitScorers.fsc!, [12]);
    for (const sizes of [[12], [5, 4, 3], new Array<number>(12).fill(1)]) {
      const interactions = await run(fisherInteractions, sizes);
      expect(interactions.layers).toEqual(ids.map((id, i) => ({ id, units: [6, 5, 7][i] })));
      const alone = scoresAlone(interactions);
      for (const id of ids) {
        expect(fsc[id]!.some((value) => value > 0)).toBe(true);
        for (const [unit, value] of fsc[id]!.entries())
          expect(alone[id]![unit]! / Math.max(value, 1e-12)).toBeCloseTo(value === 0 ? 0 : 1, 3);
      }
    }
  });

  it('is never negative, and of one sample the square of the sum of its gates', async () => {
    const all = await run(fisherInteractions, [12]);
    const one = await run(fisherInteractions, [1]);
    const places = Array.from({ length: 18 }, (_, place) => place);
    for (const first of places) {
      const set = places.filter((place) => (place * 7 + first) % 3 === 0);
      expect(costOf(all, set)).toBeGreaterThanOrEqual(-1e-9);
      // ½(Σ g)², with g = √(2·own) up to its sign, which the entry with the first of the set that is not silent tells.
      const width = 18;
      const reference = set.find((place) => one.values[place * (width + 1)]! > 1e-12);
      if (reference === undefined) continue;
      const sum = set.reduce((total, place) => {
        const own = Math.sqrt(2 * one.values[place * (width + 1)]!);
        return total + Math.sign(one.values[reference * width + place]!) * own;
      }, 0);
      expect(costOf(one, set)).toBeCloseTo(sum ** 2 / 2, 5);
    }
  });

  const interactions: UnitInteractions = {
    layers: [
      { id: '0.conv', units: 6 },
      { id: '4.conv', units: 5 },
    ],
    values: (() => {
      const width = 11;
      const values = new Float64Array(width ** 2);
      for (let place = 0; place < width; place++) values[place * (width + 1)] = 1 + place / 100;
      // Units 3 and 4 of the first layer cancel; unit 5 stands in for unit 0.
      for (const [a, b, value] of [
        [3, 4, -0.9],
        [0, 5, 0.8],
      ] as const)
        values[a * width + b] = values[b * width + a] = value;
      return values;
    })(),
  };
  const keptNow: KeptUnits = Object.fromEntries(
    Object.entries(allUnits(network)).filter(([id]) => id !== '7.fc'),
  );
  const floors = interactions.layers.map(({ id }) => ({ id, floor: 1 }));

  it('decides what goes next: first the least, then what has become cheap by it, last what has become dear', () => {
    const goneAfter = (count: number): number[] => {
      const kept = removeFirst(
        { keptNow, scores: scoresAlone(interactions), interactions, floors, price: null },
        count,
      );
      return keptNow['0.conv']!.filter((unit) => !kept['0.conv']!.includes(unit));
    };
    expect(goneAfter(1)).toEqual([0]);
    expect(goneAfter(2)).toEqual([0, 1]);
    expect(goneAfter(4)).toEqual([0, 1, 2, 3]);
    expect(goneAfter(5)).toEqual([0, 1, 2, 3, 4]);
    // Unit 4 costs 1.04 − 1.8, after unit 3; unit 5 would cost 1.05 + 1.6.
    expect(goneAfter(9)).toEqual([0, 1, 2, 3, 4]);
  });

  it('weighs savings: what costs something by less of it, what is better gone by more', () => {
    // With neurons for a price a channel of the first layer saves 64, of the second 16.
    const price = neuronCost(network);
    const costs = { ...interactions, values: interactions.values.slice() };
    const width = 11;
    costs.values[6 * (width + 1)] = 0.3;
    const first = (scores: UnitInteractions): string => {
      const removal = { keptNow, scores: scoresAlone(scores), interactions: scores, floors, price };
      const kept = removeFirst(removal, 1);
      return Object.keys(keptNow).find((id) => kept[id]!.length < keptNow[id]!.length)!;
    };
    // 1/64 against 0.3/16, then against 0.1/16.
    expect(first(costs)).toBe('0.conv');
    costs.values[6 * (width + 1)] = 0.1;
    expect(first(costs)).toBe('4.conv');
    // −0.2 a neuron less sixteen times, −0.1 sixty-four times.
    costs.values[6 * (width + 1)] = -0.2;
    costs.values[0] = -0.1;
    expect(first(costs)).toBe('0.conv');
  });

  it('is kept up when units have gone: the same order as without the stop', () => {
    const removal = { scores: scoresAlone(interactions), interactions, floors, price: null };
    const half = removeFirst({ ...removal, keptNow }, 4);
    const left = interactionsLeft(interactions, keptNow, half);
    expect(left.layers).toEqual([
      { id: '0.conv', units: 2 },
      { id: '4.conv', units: 5 },
    ]);
    expect(
      removeFirst({ ...removal, keptNow: half, interactions: left, scores: scoresAlone(left) }, 3),
    ).toEqual(removeFirst({ ...removal, keptNow }, 7));
  });
});
