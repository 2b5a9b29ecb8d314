import type { Sweep, SweepResults, SweepSummary } from '@spikefit/contracts';
import type { StoredCell, StoredResult, StoredSweep } from '@spikefit/database';
import { figuresOf, pointerOf, tabulate, valuesOfCell } from '@spikefit/sweeps';

export const sweepPath = (sweepId: string) => `/v1/sweeps/${sweepId}`;

export function toSweepSummary(stored: StoredSweep, publicUrl: string): SweepSummary {
  const { base: _base, axes: _axes, plot: _plot, ...summary } = stored;
  const self = `${publicUrl}${sweepPath(stored.id)}`;
  return { ...summary, urls: { self, results: `${self}/results`, plot: `${self}/plot.svg` } };
}

export function toSweep(stored: StoredSweep, cells: readonly StoredCell[], publicUrl: string): Sweep {
  return {
    ...toSweepSummary(stored, publicUrl),
    base: stored.base,
    axes: stored.axes.map(({ name, path, values }) => ({
      name,
      pointer: pointerOf(path),
      values: [...values],
    })),
    jobs: cells.map(({ cell, jobId, run, status, progress }) => ({
      cell,
      jobId,
      run,
      status,
      progress,
      values: valuesOfCell(stored.axes, cell),
    })),
  };
}

export function toSweepResults(stored: StoredSweep, cells: readonly StoredResult[]): SweepResults {
  const results = cells.map(({ cell, jobId, status, seed, errorCode, reported }) => ({
    cell,
    jobId,
    status,
    seed,
    errorCode,
    figures: reported === null ? null : figuresOf(reported),
  }));
  return { sweepId: stored.id, status: stored.status, ...tabulate(stored.axes, results) };
}
