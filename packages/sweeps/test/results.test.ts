import type { SweepAxis, SweepFigures } from '@spikefit/contracts';
import { describe, expect, test } from 'vitest';
import { type CellResult, resultsCsv, sweepPlot, tabulate } from '../src/index.ts';
import { paretoFront } from '../src/results/pareto-front.ts';

const axes: SweepAxis[] = [
  { name: 'method.quantization.levels', path: ['method', 'quantization', 'levels'], values: [2, 4, 16] },
  { name: 'seed', path: ['seed'], values: [1, 2, 3], fromSeeds: true },
];

const figures = (accuracy: number, sizeBits: number): SweepFigures => ({
  baselineAccuracy: 0.9,
  accuracy,
  sizeBits,
  denseSizeBits: 1e6,
  neurons: 100,
  synapses: 5000,
  spikeRate: 0.25,
  synapticOperations: 1000,
  energy: { proxy: 1e-6, 'with "memory", best': null },
  fit: 'fits',
});

/** 2 levels: 0.70, 0.80, one failed; 4 levels: 0.88 three times; 16 levels: worse and larger than 4. */
const results: CellResult[] = [0.7, 0.8, null, 0.88, 0.88, 0.88, 0.85, 0.85, 0.85].map((accuracy, cell) => ({
  cell,
  jobId: `job_${cell}`,
  status: accuracy === null ? 'failed' : 'succeeded',
  seed: (cell % 3) + 1,
  errorCode: accuracy === null ? 'job.diverged' : null,
  figures: accuracy === null ? null : figures(accuracy, [1e5, 2e5, 4e5][Math.floor(cell / 3)] ?? 0),
}));

describe('tables', () => {
  const { rows, groups, pareto } = tabulate(axes, [...results].reverse());

  test('a row per job in order of the cells, with its values', () => {
    expect(rows.map(({ cell, group }) => [cell, group])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 1],
      [5, 1],
      [6, 2],
      [7, 2],
      [8, 2],
    ]);
    expect(rows[4]).toMatchObject({ values: { 'method.quantization.levels': 4, seed: 2 }, seed: 2 });
  });

  test('groups over seeds: n, mean and sample standard deviation of what succeeded', () => {
    expect(groups.map(({ values, jobs, n, seeds }) => [values, jobs, n, seeds])).toEqual([
      [{ 'method.quantization.levels': 2 }, 3, 2, [1, 2]],
      [{ 'method.quantization.levels': 4 }, 3, 3, [1, 2, 3]],
      [{ 'method.quantization.levels': 16 }, 3, 3, [1, 2, 3]],
    ]);
    expect(groups[0]?.accuracy.mean).toBeCloseTo(0.75, 12);
    // √((0.05² + 0.05²) / (2 − 1))
    expect(groups[0]?.accuracy.sd).toBeCloseTo(0.0707106781, 9);
    expect(groups[1]?.accuracy).toEqual({ mean: 0.88, sd: 0 });
    expect(groups[0]?.energy['with "memory", best']).toEqual({ mean: null, sd: null });
  });

  test('fronts leave out what is dominated', () => {
    expect(pareto).toEqual([
      { against: 'sizeBits', groups: [0, 1] },
      { against: 'synapticOperations', groups: [1] },
      { against: 'energy: proxy', groups: [1] },
      { against: 'energy: with "memory", best', groups: [] },
    ]);
  });

  test('CSV of jobs and of groups', () => {
    const jobs = resultsCsv(axes, { rows, groups }, 'jobs').split('\r\n');
    expect(jobs[0]).toBe(
      'cell,group,jobId,status,seed,method.quantization.levels,errorCode,baselineAccuracy,accuracy,denseSizeBits,' +
        'sizeBits,neurons,synapses,spikeRate,synapticOperations,joules (proxy),"joules (with ""memory"", best)",fit',
    );
    expect(jobs[1]).toBe('0,0,job_0,succeeded,1,2,,0.9,0.7,1000000,100000,100,5000,0.25,1000,0.000001,,fits');
    expect(jobs[3]).toBe('2,0,job_2,failed,3,2,job.diverged,,,,,,,,,,,');
    expect(jobs).toHaveLength(11);
    const table = resultsCsv(axes, { rows, groups }, 'groups').split('\r\n');
    expect(table[2]?.startsWith('1,4,3,3,0.9,0,0.88,0,200000,0,100,0,5000,0,0.25,0,1000,0,')).toBe(true);
    expect(table).toHaveLength(5);
  });
});

test('the front keeps equals and the best of equal cost', () => {
  const candidates = [
    { gain: 1, cost: 1 },
    { gain: 1, cost: 1 },
    { gain: 0.5, cost: 1 },
    { gain: 1, cost: 2 },
    { gain: 2, cost: 3 },
  ];
  expect(paretoFront(candidates)).toEqual([0, 1, 4]);
  expect(paretoFront([])).toEqual([]);
});

describe('plot', () => {
  const { groups, pareto } = tabulate(axes, results);

  test('has a point per group, the front, axes with units, and no markup of the sender', () => {
    const svg = sweepPlot('levels <b>& "more"\u0000', { groups, pareto });
    expect(svg.match(/<circle/g)).toHaveLength(3 + 2);
    expect(svg).toContain('levels &lt;b&gt;&amp; &quot;more&quot;</text>');
    expect(svg).toContain('size in kilobytes');
    expect(svg).toContain('test accuracy in %');
    // By the index into `groups`, twice: beside the point and in the list. The dominated one is numbered, too.
    for (const group of [0, 1, 2])
      expect(svg.match(new RegExp(`font-weight="600">${group}</text>`, 'g'))).toHaveLength(2);
    expect(svg).toContain('levels 4</text>');
    expect(svg).toContain('levels 16</text>');
    const line = /<polyline points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
    expect(line).toHaveLength(2);
    // To the right is larger, up is better.
    const [from = [], to = []] = line.map((point) => point.split(',').map(Number));
    expect(to[0]).toBeGreaterThan(from[0] ?? Number.POSITIVE_INFINITY);
    expect(to[1]).toBeLessThan(from[1] ?? 0);
    expect(svg).not.toContain('NaN');
  });

  test('is the same for the same results, and drawn for one point and for none', () => {
    expect(sweepPlot('x', { groups, pareto })).toBe(sweepPlot('x', tabulate(axes, results)));
    const one = tabulate(axes, results.slice(3, 4));
    expect(sweepPlot('x', one)).not.toContain('NaN');
    const none = tabulate(axes, results.slice(2, 3));
    expect(sweepPlot('x', none)).toContain('No job of this sweep has succeeded.');
  });
});
