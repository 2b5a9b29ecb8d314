import { validationCount } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectSamples, splitValidation } from './select-samples.ts';

const balanced = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 10);
const select = (count: number, seed = 1, labels = balanced, which: 'train' | 'test' = 'train') =>
  selectSamples({ labels, classes: 10, count, seed, which });
const perClass = (indices: Int32Array, labels = balanced, classes = 10) => {
  const counts = new Array<number>(classes).fill(0);
  for (const index of indices) counts[labels[index]!]!++;
  return counts;
};

describe('selectSamples', () => {
  it('takes as many of each class, exactly as many as asked, each once, in ascending order', () => {
    for (const count of [10, 15, 100, 999, 1000]) {
      const chosen = select(count);
      expect(chosen.length).toBe(count);
      expect(new Set(chosen).size).toBe(count);
      expect(Array.from(chosen)).toEqual(Array.from(chosen).sort((a, b) => a - b));
      const counts = perClass(chosen);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    expect(Array.from(select(1000))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('depends on the seed and on the half, and on nothing else', () => {
    expect(select(100)).toEqual(select(100));
    expect(select(100)).not.toEqual(select(100, 2));
    expect(select(100)).not.toEqual(select(100, 1, balanced, 'test'));
  });

  it('lets a larger subset hold the smaller one', () => {
    const larger = new Set(select(200));
    expect(select(100).every((index) => larger.has(index))).toBe(true);
  });

  it('keeps rare classes where there is room for them', () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => (i < 991 ? 0 : i - 990));
    expect(perClass(select(10, 1, labels), labels)).toEqual(new Array(10).fill(1));
    expect(select(3, 1, labels).length).toBe(3);
  });

  it.each([1001, -1, 1.5, Number.NaN])('refuses %s samples of 1000', (count) => {
    expect(() => select(count)).toThrow(expect.objectContaining({ code: 'spec.dataset-too-small' }));
  });

  it('refuses labels that are no class', () => {
    const labels = Uint8Array.of(0, 1, 10);
    expect(() => select(2, 1, labels)).toThrow(expect.objectContaining({ code: 'internal.error' }));
  });
});

describe('splitValidation', () => {
  it('cuts the stratified share that the specification says, and parts the samples', () => {
    const arrangement = fc.record({
      classes: fc.integer({ min: 1, max: 10 }),
      perClass: fc.integer({ min: 3, max: 30 }),
      fraction: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(arrangement, ({ classes, perClass: each, fraction, seed }) => {
        const labels = Uint8Array.from({ length: classes * each }, (_, i) => i % classes);
        const indices = selectSamples({
          labels,
          classes,
          count: labels.length,
          seed,
          which: 'train',
        });
        const { train, validation } = splitValidation({ labels, indices, fraction, classes, seed });
        expect(validation.length).toBe(validationCount(indices.length, fraction));
        expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from(indices));
        const counts = perClass(validation, labels, classes);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(Math.min(...perClass(train, labels, classes))).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('depends on the seed', () => {
    const indices = select(1000);
    const split = (seed: number) =>
      splitValidation({ labels: balanced, indices, fraction: 0.1, classes: 10, seed });
    expect(split(1)).toEqual(split(1));
    expect(split(1).validation).not.toEqual(split(2).validation);
  });

  it('refuses to leave a class without a training sample', () => {
    const labels = Uint8Array.from({ length: 10 }, (_, i) => i);
    const request = { labels, indices: Int32Array.from(labels), fraction: 0.1, classes: 10, seed: 1 };
    expect(() => splitValidation(request)).toThrow(
      expect.objectContaining({ code: 'spec.training-invalid' }),
    );
  });
});
