import { CodedError, type SweepRequest } from '@spikefit/contracts';
import { describe, expect, test } from 'vitest';
import { cellCount, pointerInSweep, readAxes, requestOfCell, valuesOfCell } from '../src/index.ts';

const axesOf = (grid: SweepRequest['grid'], seeds?: number[]) =>
  readAxes({ ...(grid && { grid }), ...(seeds && { seeds }) });

function refusalOf(grid: SweepRequest['grid'], seeds?: number[]): CodedError {
  try {
    axesOf(grid, seeds);
  } catch (error) {
    if (error instanceof CodedError) return error;
  }
  throw new Error('it was not refused');
}

describe('cells', () => {
  const axes = axesOf(
    {
      'method.quantization.levels': [2, 4],
      '/method/pruning': [{ technique: 'none' }, { technique: 'fsc' }],
    },
    [7, 8],
  );

  test('are every combination, of which the last axis changes fastest', () => {
    expect(cellCount(axes)).toBe(8);
    expect(valuesOfCell(axes, 0)).toEqual({
      'method.quantization.levels': 2,
      '/method/pruning': { technique: 'none' },
      seed: 7,
    });
    expect(valuesOfCell(axes, 6)).toEqual({
      'method.quantization.levels': 4,
      '/method/pruning': { technique: 'fsc' },
      seed: 7,
    });
    const all = Array.from({ length: 8 }, (_, cell) => JSON.stringify(valuesOfCell(axes, cell)));
    expect(new Set(all).size).toBe(8);
  });

  test('set their values in the base, and leave the rest and the base itself as they are', () => {
    const base = { target: { id: 'loihi' }, method: { quantization: { bits: 4 } } };
    expect(requestOfCell(base, axes, 3)).toEqual({
      target: { id: 'loihi' },
      method: { quantization: { bits: 4, levels: 2 }, pruning: { technique: 'fsc' } },
      seed: 8,
    });
    expect(base).toEqual({ target: { id: 'loihi' }, method: { quantization: { bits: 4 } } });
  });

  test('problems point at the value or at the base', () => {
    const indices = [1, 0, 1];
    expect(pointerInSweep(axes, indices, '/method/quantization/levels')).toBe(
      '/grid/method.quantization.levels/1',
    );
    expect(pointerInSweep(axes, indices, '/method/pruning/technique')).toBe(
      '/grid/~1method~1pruning/0/technique',
    );
    expect(pointerInSweep(axes, indices, '/seed')).toBe('/seeds/1');
    expect(pointerInSweep(axes, indices, '/model/architecture')).toBe('/base/model/architecture');
  });

  test('without an axis there is one', () => {
    expect(cellCount(axesOf(undefined))).toBe(1);
  });
});

describe('refused', () => {
  test('fields that a job request does not have, all of them, with what there is', () => {
    const { code, errors } = refusalOf({
      'method.quantisation.levels': [2],
      'training.batchSize.x': [1],
      '/seed': [1],
      __proto__x: [1],
      'constructor.name': ['x'],
      'model.architecture': ['FC10'],
    });
    expect(code).toBe('request.unknown-field');
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/grid/method.quantisation.levels',
      '/grid/training.batchSize.x',
      '/grid/__proto__x',
      '/grid/constructor.name',
    ]);
    expect(errors[0]?.detail).toContain('quantization, pruning');
  });

  test.each(['name', 'priority', 'webhook.url', 'metadata.a'])('%s, which belongs to the sweep', (field) => {
    const { code, detail } = refusalOf({ [field]: ['x'] });
    expect(code).toBe('request.unknown-field');
    expect(detail).toContain('for the sweep as a whole');
  });

  test('a field and a part of it, the same field twice, the same value twice', () => {
    const { code, errors } = refusalOf(
      { training: [{}], 'training.batchSize': [8, 16, 8], '/training/batchSize': [32], seed: [1] },
      [1, 2],
    );
    expect(code).toBe('sweep.grid-invalid');
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/grid/training.batchSize',
      '/grid/~1training~1batchSize',
      '/grid/~1training~1batchSize',
      '/seeds',
      '/grid/training.batchSize/2',
    ]);
  });

  test('10⁶ cells at once, and 10¹⁵ no later', () => {
    const thousand = Array.from({ length: 1000 }, (_, index) => index);
    const started = performance.now();
    expect(refusalOf({ 'training.batchSize': thousand }, thousand)).toMatchObject({
      code: 'sweep.too-large',
    });
    const huge = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`f${index}`, thousand]));
    expect(refusalOf(huge).detail).toContain('1000000000000000 cells');
    expect(performance.now() - started).toBeLessThan(100);
  });
});
