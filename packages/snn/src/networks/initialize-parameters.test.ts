import { CodedError } from '@spikefit/contracts';
import { describe, expect, test } from 'vitest';
import { tinyNetwork } from '../../test/support/tiny-networks.ts';
import { initializeParameters } from './initialize-parameters.ts';
import { isTrainable } from './parameter-names.ts';

describe('initializeParameters', () => {
  const network = tinyNetwork('64C3-BN-PLIF-MP2-200C3-LIF-FC3', { neuron: { tau: 3 } });
  const parameters = initializeParameters(network, 5);

  test('names, shapes and neutral values', () => {
    const shapes = Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      '0.conv/weights': [3, 3, 2, 64],
      '1.bn/gamma': [64],
      '1.bn/beta': [64],
      '1.bn/mean': [64],
      '1.bn/variance': [64],
      '2.plif/decayLogit': [1],
      '4.conv/weights': [3, 3, 64, 200],
      '4.conv/bias': [200],
      '6.fc/weights': [1200, 3],
      '6.fc/bias': [3],
    });
    for (const { shape, data } of Object.values(parameters))
      expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
    expect(new Set(parameters['1.bn/gamma']!.data)).toEqual(new Set([1]));
    expect(new Set(parameters['1.bn/variance']!.data)).toEqual(new Set([1]));
    expect(new Set(parameters['4.conv/bias']!.data)).toEqual(new Set([0]));
    // σ(w) = 1/τ
    expect(1 / (1 + Math.exp(-parameters['2.plif/decayLogit']!.data[0]!))).toBeCloseTo(1 / 3, 6);
  });

  test('weights are normal with variance 2 / fan-in', () => {
    const { data } = parameters['4.conv/weights']!;
    const mean = data.reduce((a, b) => a + b, 0) / data.length;
    const variance = data.reduce((total, w) => total + (w - mean) ** 2, 0) / data.length;
    expect(Math.abs(mean)).toBeLessThan(1e-3);
    expect((variance * 9 * 64) / 2).toBeCloseTo(1, 1);
    const beyondTwo = data.filter((w) => Math.abs(w) > 2 * Math.sqrt(variance)).length / data.length;
    expect(beyondTwo).toBeCloseTo(0.0455, 2);
  });

  test('equal seeds give equal weights, other seeds others, and one layer does not move the next', () => {
    expect(initializeParameters(network, 5)).toEqual(parameters);
    expect(initializeParameters(network, 6)['0.conv/weights']).not.toEqual(parameters['0.conv/weights']);
    const wider = initializeParameters(tinyNetwork('64C3-BN-PLIF-MP2-100C3-LIF-FC3'), 5);
    expect(wider['0.conv/weights']).toEqual(parameters['0.conv/weights']);
  });

  test('only what gradients move is trainable', () => {
    const fixed = Object.keys(parameters).filter((name) => !isTrainable(name));
    expect(fixed).toEqual(['1.bn/mean', '1.bn/variance']);
    expect(isTrainable('2.lif/threshold')).toBe(false);
    expect(isTrainable('2.lif/decay')).toBe(false);
  });

  test('a PLIF without room to decay is refused, naming the field', () => {
    const attempt = () => initializeParameters(tinyNetwork('4C3-PLIF-FC3', { neuron: { tau: 1 } }), 1);
    expect(attempt).toThrow(CodedError);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'spec.training-invalid',
        errors: [expect.objectContaining({ pointer: '/model/neuron/tau' })],
      }),
    );
  });
});
