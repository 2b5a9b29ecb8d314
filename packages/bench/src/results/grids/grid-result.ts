import type { JobRequest } from '@spikefit/contracts';
import { BenchError } from '../../command/bench-error.ts';
import { cellKey } from '../cells/cell-store.ts';
import { renderScatterChart, type ScatterPoint } from '../output/scatter-chart.ts';
import type { ResultDefinition } from '../result-definition.ts';
import { type Grid, requestOf, runningOrder } from './grid.ts';
import { comparisonTables, gridTable, type RowFigures, summarizeRows } from './grid-report.ts';
import { figuresOf, type JobFigures } from './job-figures.ts';

export interface GridPlot {
  readonly title: string;
  readonly xAxis: string;
  readonly x: (row: RowFigures) => number;
  /** Rows that are not drawn, such as points far outside. Default: none. */
  readonly without?: (row: RowFigures) => boolean;
}

export interface GridResultOptions {
  readonly summary: string;
  readonly grid: (quick: boolean) => Grid;
  readonly plot: GridPlot;
  /** Markdown below the table. */
  readonly more?: (rows: readonly RowFigures[]) => string;
}

/** A result whose cells are jobs of the public API. */
export function gridResult({
  summary,
  grid,
  plot,
  more,
}: GridResultOptions): ResultDefinition<JobRequest, JobFigures> {
  return {
    summary,
    cells: ({ quick }) => {
      const used = grid(quick);
      const rows = runningOrder(used);
      // Seeds outside, so that an interrupted grid has whole tables of its first seeds.
      return used.seeds.flatMap((seed) =>
        rows.map((row) => ({ label: `${row.id}, seed ${seed}`, spec: requestOf(used, row, seed) })),
      );
    },
    run: runJobsOf,
    report: (finished, { quick }) => {
      const used = grid(quick);
      const cells = finished.map(({ spec, outcome }) => ({
        row: used.rows.find(({ id }) => id === spec.metadata?.row)!,
        seed: spec.seed!,
        figures: outcome,
      }));
      const rows = summarizeRows(used, cells);
      const parts = [gridTable(rows), wordsOf(used), more?.(rows) ?? '', comparisonTables(used, cells)];
      return {
        table: parts.filter((part) => part !== '').join('\n\n'),
        plot: plotOf(plot, rows),
        figures: { rows },
      };
    },
  };
}

/** One job that fails does not hold up the others. */
const runJobsOf: ResultDefinition<JobRequest, JobFigures>['run'] = async (cells, context, keep) => {
  const byKey = new Map(cells.map((cell) => [cellKey(cell.spec), cell]));
  const failures: string[] = [];
  await context.runJobs(
    [...byKey].map(([key, { spec }]) => ({ key, request: spec })),
    async (key, end) => {
      const cell = byKey.get(key)!;
      if (end.status === 'succeeded') return keep(cell, figuresOf(end.report), end.seconds);
      failures.push(`${cell.label}: ${end.detail}`);
      context.print(`${cell.label} ${end.status}: ${end.detail}`);
    },
  );
  if (failures.length > 0)
    throw new BenchError(
      `${failures.length} of ${cells.length} jobs did not succeed:\n${failures.join('\n')}`,
      'Run the command again: only these are missing.',
    );
};

function wordsOf({ architecture, seeds, trainSamples, testSamples }: Grid): string {
  const brackets = 'brackets: 95 % interval';
  const overSeeds = `±: sample standard deviation over the seeds of the row, ${seeds.length} when all jobs are done; ${brackets} of the paired difference, Student's t over seeds; of a single seed, within its job, on the same images (McNemar).`;
  const ofOne = `One seed: no deviations; ${brackets} of the job's own difference on the same images (McNemar).`;
  return [
    `\`${architecture}\`, 4 time steps, ${trainSamples} images of Fashion-MNIST, a tenth of them for validation, ${testSamples} test images.`,
    'Every row has trained for as many epochs altogether as the dense one.',
    seeds.length > 1 ? overSeeds : ofOne,
  ].join('\n');
}

function plotOf({ title, xAxis, x, without }: GridPlot, rows: readonly RowFigures[]): string {
  const points = rows
    .filter((row) => !without?.(row))
    .map(
      (row): ScatterPoint => ({
        x: x(row),
        y: row.accuracy.mean,
        error: row.accuracy.deviation ?? 0,
        label: row.row,
        series: row.family,
      }),
    );
  const panel = { title: 'error bars: standard deviation over seeds', points };
  return renderScatterChart({
    title,
    xAxis,
    yAxis: 'test accuracy, %',
    columns: 1,
    panels: [panel],
    width: 860,
    height: 520,
  });
}
