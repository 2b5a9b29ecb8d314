import { expect, test } from 'vitest';
import { isTrainable, parameterNames } from './parameter-names.ts';

test('what a gradient trains, and what it does not', () => {
  const trained = Object.entries(parameterNames)
    .filter(([, name]) => isTrainable(name('4.conv')))
    .map(([kind]) => kind);
  expect(trained).toEqual(['weights', 'bias', 'gamma', 'logGamma', 'beta', 'decayLogit']);
  expect(isTrainable('4.conv/levels')).toBe(true);
  expect(isTrainable('network/levels')).toBe(true);
  expect(isTrainable('4.conv/step')).toBe(true);
  expect(isTrainable('4.conv/levelsOfOld')).toBe(false);
});
