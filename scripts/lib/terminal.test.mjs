import { describe, expect, test } from 'vitest';
import { bar, compact, count, duration, percent, table } from './terminal.mjs';

describe('figures', () => {
  test.each([
    [percent(0.12345), '12.3 %'],
    [percent(1, 0), '100 %'],
    [count(1234567.4), '1 234 567'],
    [compact(1_234_000), '1.23 M'],
    [compact(999), '999 '],
    [compact(0), '0.00 '],
    [`${compact(1.43e-6)}J`, '1.43 µJ'],
    [duration(59.4), '59 s'],
    [duration(125), '2 min 05 s'],
    [duration(59.6), '1 min 00 s'],
  ])('%s', (made, wanted) => {
    expect(made).toBe(wanted);
  });
});

describe('bar', () => {
  test('is as long as its share, in eighths, and never longer than its width', () => {
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(1 / 32, 4)).toBe('▏   ');
    expect(bar(2, 4)).toBe('████');
    expect(bar(-1, 4)).toBe('    ');
  });
});

describe('table', () => {
  test('aligns', () => {
    expect(table(['a', 'long'], [['bcd', '1']])).toBe('  a    long\n  ───  ────\n  bcd     1');
  });
});
