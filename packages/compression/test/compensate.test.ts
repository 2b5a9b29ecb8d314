import { parameterNames } from '@spikefit/snn';
import { expect, it } from 'vitest';
import { allUnits, compensateWeights } from '../src/index.ts';
import { buildNetwork, trainedParameters } from './example-parameters.ts';

const network = buildNetwork('5C3-BN-LIF-MP2-FC4-LIF-FC3');
const parameters = trainedParameters(network, 2);
const keptNow = allUnits(network);
const keptNext = { ...keptNow, '0.conv': [0, 1, 3, 4] };

/** Σ x·xᵀ of channels whose rows these are. */
const productsOf = (channels: number[][]): Float64Array =>
  Float64Array.from(
    channels.flatMap((a) => channels.map((b) => a.reduce((sum, x, i) => sum + x * b[i]!, 0))),
  );

it('gives a copy of the removed channel all its weights, and others none', () => {
  // Channel 3 fires as channel 2 does; the others are apart from both.
  const x = [
    [1, 0, 0, 0, 0, 0],
    [0, 1, 0, 0, 0, 0],
    [0, 0, 1, 1, 0, 0],
    [0, 0, 1, 1, 0, 0],
    [0, 0, 0, 0, 1, 1],
  ];
  const next = compensateWeights({
    network,
    keptNow,
    keptNext,
    parameters,
    products: { '4.fc': productsOf(x) },
  });
  const name = parameterNames.weights('4.fc');
  const [before, after] = [parameters[name]!.data, next[name]!.data];
  for (let tap = 0; tap < 16; tap++)
    for (let channel = 0; channel < 5; channel++)
      for (let unit = 0; unit < 4; unit++) {
        const at = (c: number) => (tap * 5 + c) * 4 + unit;
        const expected = before[at(channel)]! + (channel === 3 ? before[at(2)]! : 0);
        // λ is a thousandth of the mean square.
        expect(after[at(channel)]!).toBeCloseTo(expected, 2);
      }
  expect(next[parameterNames.weights('6.fc')]).toBe(parameters[parameterNames.weights('6.fc')]);
  expect(parameters[name]!.data).toBe(before);
});

it('changes nothing where nothing goes, or where nothing that stays ever fires', () => {
  const silent = { '4.fc': new Float64Array(25) };
  expect(compensateWeights({ network, keptNow, keptNext: keptNow, parameters, products: silent })).toEqual(
    parameters,
  );
  expect(compensateWeights({ network, keptNow, keptNext, parameters, products: silent })).toEqual(parameters);
});
