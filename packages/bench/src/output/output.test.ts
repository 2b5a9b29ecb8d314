import { describe, expect, test } from 'vitest';
import { renderBarChart } from './bar-chart.ts';
import { milliseconds, ratio } from './numbers.ts';
import { summarize } from './statistics.ts';
import { textTable } from './text-table.ts';

describe('summarize', () => {
  test('gives median and quartiles in any order', () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, lowerQuartile: 2, upperQuartile: 4, count: 5 });
    expect(summarize([7])).toEqual({ median: 7, lowerQuartile: 7, upperQuartile: 7, count: 1 });
    expect(() => summarize([])).toThrow(RangeError);
  });
});

test('numbers', () => {
  expect([1234.6, 99.96, 5.678].map(milliseconds)).toEqual(['1235', '100.0', '5.68']);
  expect([4.236, 12.34].map(ratio)).toEqual(['4.24×', '12.3×']);
});

test('a table is aligned, short rows included', () => {
  expect(textTable(['name', 'ms'], [['a', '1'], ['longer', '23'], ['b']])).toBe(
    ['name    ms', '──────  ──', 'a        1', 'longer  23', 'b'].join('\n'),
  );
});

describe('a bar chart', () => {
  const chart = renderBarChart({
    title: 'a < b & c',
    axis: 'ms',
    bars: [
      { label: 'one', value: 50, text: '50 ms', ours: true },
      { label: 'two', value: 100, text: '100 ms', ours: false },
    ],
    mark: { label: 'bound', value: 25 },
  });

  test('has lengths in proportion to the longest bar', () => {
    const widths = [...chart.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(widths[1]! / widths[0]!).toBe(2);
    const mark = Number(/<line x1="([\d.]+)"/.exec(chart)![1]);
    const start = Number(/<rect x="([\d.]+)"/.exec(chart)![1]);
    expect((mark - start) / widths[1]!).toBeCloseTo(0.25);
  });

  test('escapes text', () => {
    expect(chart).toContain('a &lt; b &amp; c');
    expect(chart).not.toContain('a < b');
  });

  test('without values is still a document', () => {
    expect(renderBarChart({ title: 't', axis: '', bars: [] })).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
  });
});
