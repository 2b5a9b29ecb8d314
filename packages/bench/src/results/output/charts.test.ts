import { expect, test } from 'vitest';
import { markdownTable } from './markdown-table.ts';
import { renderScatterChart } from './scatter-chart.ts';

test('a table in Markdown', () => {
  expect(markdownTable(['method', 'accuracy'], [['`cat`', '90.1']])).toBe(
    '| method | accuracy |\n|---|--:|\n| `cat` | 90.1 |',
  );
});

const chart = (points: readonly { x: number; y: number; series: string; label?: string; error?: number }[]) =>
  renderScatterChart({
    title: 'a < b',
    xAxis: 'x',
    yAxis: 'y',
    columns: 1,
    panels: [{ title: 'one', points }],
    width: 300,
    height: 200,
  });

test('points stand in the order of their values, with labels and bars', () => {
  const svg = chart([
    { x: 0, y: 0, series: 'a', label: 'least' },
    { x: 10, y: 100, series: 'b', error: 5 },
  ]);
  const places = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3" fill="(#\w+)"/g)].map(
    ([, x, y, colour]) => ({ x: Number(x), y: Number(y), colour }),
  );
  expect(places).toHaveLength(2);
  expect(places[0]!.x).toBeLessThan(places[1]!.x);
  expect(places[0]!.y).toBeGreaterThan(places[1]!.y);
  expect(places[0]!.colour).not.toBe(places[1]!.colour);
  expect(svg).toContain('a &lt; b');
  expect(svg).toContain('>least</text>');
  expect(svg).toContain('<path d="M');
});

test('one point, and equal ones, have a place', () => {
  expect(chart([{ x: 3, y: 3, series: 'a' }])).not.toMatch(/NaN|Infinity/);
  expect(
    chart([
      { x: 0, y: 0, series: 'a' },
      { x: 0, y: 0, series: 'a' },
    ]),
  ).not.toMatch(/NaN|Infinity/);
});
