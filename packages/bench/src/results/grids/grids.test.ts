import type { JobRequest, Report } from '@spikefit/contracts';
import { findTarget } from '@spikefit/hardware';
import { findQuantizationTechnique, resolveJobRequest } from '@spikefit/specification';
import { expect, test } from 'vitest';
import { BenchError } from '../../command/bench-error.ts';
import { cellKey } from '../cells/cell-store.ts';
import type { JobEnd, ResultContext, ResultDefinition } from '../result-definition.ts';
import { ablation } from './ablation.ts';
import { csnn } from './csnn.ts';
import { energy, energyTables } from './energy.ts';
import { fashionMnist } from './fashion-mnist.ts';
import { fashionMnistLevels } from './fashion-mnist-levels.ts';
import type { RowFigures } from './grid-report.ts';
import type { JobFigures } from './job-figures.ts';
import { size } from './size.ts';

const grids = { fashionMnist, fashionMnistLevels, csnn, size, ablation, energy };

test.each(Object.entries(grids))('%s: the API would accept every job, and each is told apart', (_, grid) => {
  for (const quick of [true, false]) {
    const cells = grid.cells({ quick });
    for (const { spec } of cells) resolveJobRequest(spec, { targets: findTarget });
    expect(new Set(cells.map(({ label }) => label)).size).toBe(cells.length);
    expect(new Set(cells.map(({ spec }) => JSON.stringify({ ...spec, name: '', metadata: {} }))).size).toBe(
      cells.length,
    );
  }
});

test.each(Object.entries(grids))('%s: whoever trains, trains as long as the dense network', (_, grid) => {
  for (const quick of [true, false]) {
    const lengths = grid.cells({ quick }).map(({ spec }) => {
      const { training, quantization, pruning } = resolveJobRequest(spec, { targets: findTarget });
      const clusters = findQuantizationTechnique(quantization.technique)!.trains;
      const prunes = pruning.technique !== 'none';
      return (
        training.pretrainEpochs +
        (clusters ? training.catEpochs : 0) +
        (prunes ? pruning.steps * pruning.recoveryEpochs : 0) +
        (clusters || prunes ? training.finetuneEpochs : 0)
      );
    });
    expect(new Set(lengths)).toEqual(new Set([quick ? 5 : 9]));
  }
});

test('the most telling rows of a seed run first', () => {
  const labels = fashionMnist.cells({ quick: false }).map(({ label }) => label.split(', seed')[0]);
  expect(labels.slice(0, 7)).toEqual([
    'dense',
    'cat, 4 values',
    'cat, 3 values',
    'cat, 4 values a channel',
    'fsc 50 %',
    'fsc 75 %',
    'fsc 90 %',
  ]);
  expect(labels.indexOf('taylor 75 %')).toBeLessThan(labels.indexOf('magnitude 50 %'));
});

test('a job that two results ask for is one cell', () => {
  const keysOf = (grid: ResultDefinition<JobRequest, JobFigures>): Map<string, string> =>
    new Map(grid.cells({ quick: false }).map(({ label, spec }) => [cellKey(spec), label]));
  const other = keysOf(fashionMnist);
  const shared = [...keysOf(energy)].filter(([key]) => other.has(key)).map(([, label]) => label);
  for (const label of ['dense', 'cat', 'fsc 50 %', 'taylor 75 %', 'cat and fsc 75 %'])
    expect(shared).toContain(`${label}, seed 2`);
});

test('every quantiser at every number of values that it knows, in every width that holds them', () => {
  const rows = fashionMnistLevels.cells({ quick: false }).map(({ spec }) => spec.method?.quantization);
  const widthsOf = (technique: string) =>
    new Set(
      rows
        .filter((row) => row?.technique === technique)
        .map((row) => `${row?.levels}/${row?.bits}`)
        .sort(),
    );
  const all = ['16/4', '16/8', '2/2', '2/4', '2/8', '3/2', '3/4', '3/8', '4/2', '4/4', '4/8'];
  expect([...widthsOf('cat')]).toEqual(all);
  expect([...widthsOf('ttq')]).toEqual(['3/2', '3/4', '3/8']);
  expect([...widthsOf('dkm')]).toEqual(all.filter((width) => width !== '16/4' && width !== '4/2'));
});

test('sizes go down to 99.5 % smaller', () => {
  const budgets = size.cells({ quick: true }).map(({ spec }) => spec.method?.pruning?.budget?.value ?? 0);
  // 50 080 weights, 106 biases and 96 thresholds of 32 bits.
  expect(Math.min(...budgets.filter((bits) => bits > 0))).toBe(Math.floor(0.005 * 32 * (50_080 + 106 + 96)));
});

/** A job that ends at once, with an accuracy that `accuracyOf` gives. */
const endedReport = (accuracy: number): Report => {
  const figures = {
    accuracy: {
      value: accuracy,
      correct: 0,
      n: 100,
      interval: { low: 0, high: 1, level: 0.95, method: 'wilson' },
    },
    channels: 96,
    neurons: 1,
    weights: { stored: 1, nonzero: 1 },
    synapses: { stored: 1, nonzero: 1 },
    size: { bits: 8000, parts: {}, containerBytes: null },
    spikeRate: 0.1,
    synapticOperations: { accumulates: 1e6, multiplyAccumulates: 1e6 },
  };
  return {
    baseline: { ...figures, size: { ...figures.size, bits: 80_000 } },
    compressed: figures,
    delta: { accuracyPoints: -1, accuracyPointsInterval: { low: -1.5, high: -0.5 } },
    history: [{ validationAccuracy: 0.5 }],
    energy: [
      { model: 'synaptic-operations-proxy', compressed: 2e-6 },
      { model: 'target any', compressed: null },
    ],
    quantization: { distinctValuesPerGroup: 4 },
    artifact: {},
    toolchain: {},
  } as unknown as Report;
};

/** Runs a grid's cells of some rows with jobs that end as `end` says. */
async function runWith(
  grid: ResultDefinition<JobRequest, JobFigures>,
  quick: boolean,
  end: (request: JobRequest) => JobEnd,
) {
  const printed: string[] = [];
  const finished: { label: string; spec: JobRequest; outcome: JobFigures; seconds: number }[] = [];
  const context: Pick<ResultContext, 'runJobs' | 'print'> = {
    print: (line) => {
      printed.push(line);
    },
    runJobs: async (requests, onEnd) => {
      for (const { key, request } of requests) await onEnd(key, end(request));
    },
  };
  const running = grid.run(
    grid.cells({ quick }),
    context as ResultContext,
    async (cell, outcome, seconds) => {
      finished.push({ ...cell, outcome, seconds });
    },
    { read: async () => undefined, write: async () => {} },
  );
  return { running, finished, printed };
}

test('a table has a row per method, with means, deviations and paired intervals over seeds', async () => {
  const accuracyOf = ({ metadata, seed }: JobRequest): number =>
    (metadata?.row === 'dense' ? 0.9 : 0.89) + seed! / 1000;
  const { running, finished } = await runWith(fashionMnist, false, (request) => ({
    status: 'succeeded',
    report: endedReport(accuracyOf(request)),
    seconds: 1,
  }));
  await running;
  const { table, plot, figures } = fashionMnist.report(finished, { quick: false });
  expect(table).toContain(
    '| dense | 3 | 90.20 ± 0.10 |  | −1.00 ± 0.00 | 90.00 ± 0.00 | 1.00 | 96.0 | 2.00 | 0.100 |',
  );
  expect(table).toContain('| fsc 50 % | 3 | 89.20 ± 0.10 | −1.00 [−1.00, −1.00] |');
  expect(table).toContain('### FSC against other scores, 50 % of the channels gone');
  expect(table).toMatch(/\| fsc 50 % less \| points \|\n.*\n\| taylor 50 % \| 0\.00 \[0\.00, 0\.00\] \|/);
  expect(plot).toContain('fsc 75 %');
  const { rows } = figures as { rows: RowFigures[] };
  expect(rows).toHaveLength(fashionMnist.cells({ quick: false }).length / 3);
  expect(rows[0]!.energy).toMatchObject({ 'synaptic-operations-proxy': { mean: expect.closeTo(2, 9) } });
});

test('a job that fails is told, the others are kept, and the table does without it', async () => {
  const { running, finished, printed } = await runWith(ablation, true, ({ metadata }) =>
    metadata?.row === 'fsc'
      ? { status: 'failed', detail: 'job.diverged: NaN' }
      : { status: 'succeeded', report: endedReport(0.8), seconds: 1 },
  );
  await expect(running).rejects.toThrow(BenchError);
  await expect(running).rejects.toThrow(/1 of \d+ jobs did not succeed:\nfsc, seed 1: job.diverged: NaN/);
  expect(printed).toEqual(['fsc, seed 1 failed: job.diverged: NaN']);
  const { table } = ablation.report(finished, { quick: true });
  expect(table).not.toContain('| fsc |');
  expect(table).not.toContain('FSC against its variants');
  // One seed: the interval is that of the job itself.
  expect(table).toContain('| −1.00 [−1.50, −0.50] |');
  expect(table).toContain('CAT against its variants');
});

const row = (name: string, family: string, points: number, microjoules: number): RowFigures => ({
  ...({} as RowFigures),
  row: name,
  family,
  againstDense: { mean: points, interval: null, seeds: 1 },
  energy: { proxy: { mean: microjoules, deviation: null, seeds: 1 } },
});

test('the least energy is looked for where accuracy is equal', () => {
  const text = energyTables([
    row('dense', 'dense', 0, 9),
    row('fsc 50 %', 'fsc', -0.4, 5),
    row('fsc 75 %', 'fsc', -0.6, 3),
    row('random 25 %', 'random', -2, 6),
  ]);
  expect(text).toContain('| fsc | 5.00 (fsc 50 %) |');
  expect(text).toContain('| random | none |');
  expect(text).toContain('| fsc 75 % | 3.00 |');
});
