import { markdownTable } from '../output/markdown-table.ts';
import { describeOverSeeds, type OverSeeds, overSeeds, signed } from '../output/over-seeds.ts';
import { type PairedOverSeeds, pairedOverSeeds } from '../output/paired-over-seeds.ts';
import { denseRow, type Grid, type GridRow } from './grid.ts';
import type { JobFigures } from './job-figures.ts';

export interface GridCell {
  readonly row: GridRow;
  readonly seed: number;
  readonly figures: JobFigures;
}

/** A line of the table: what the seeds of a row have in common. */
export interface RowFigures {
  readonly row: string;
  readonly family: string;
  /** In %. */
  readonly accuracy: OverSeeds;
  /** Points, against the dense row of the same seeds; null where there is none. */
  readonly againstDense: PairedOverSeeds | null;
  /** Points, against the same job's network before compression. */
  readonly withinJob: OverSeeds;
  /** Of a single seed: its 95 % interval on the same test images (McNemar). */
  readonly withinJobInterval: { readonly low: number; readonly high: number } | null;
  /** Share of the dense network's bits, in %, that is gone. */
  readonly smaller: OverSeeds;
  readonly kilobytes: OverSeeds;
  readonly channels: OverSeeds;
  /** Millions per image, accumulates and multiply-accumulates. */
  readonly synapticOperations: OverSeeds;
  readonly spikeRate: OverSeeds;
  /** Microjoules per image, by model. */
  readonly energy: Readonly<Record<string, OverSeeds>>;
}

/** Rows that have a cell, in the order of the grid. */
export function summarizeRows(grid: Grid, cells: readonly GridCell[]): RowFigures[] {
  const dense = accuracyBySeed(cells, denseRow);
  return grid.rows.flatMap((row) => {
    const own = cells.filter((cell) => cell.row.id === row.id).map(({ figures }) => figures);
    if (own.length === 0) return [];
    const over = (of: (figures: JobFigures) => number): OverSeeds => overSeeds(own.map(of));
    const models = Object.keys(own[0]!.energy).filter((model) =>
      own.every(({ energy }) => typeof energy[model] === 'number'),
    );
    return [
      {
        row: row.id,
        family: row.family,
        accuracy: over(({ compressed }) => 100 * compressed.accuracy.value),
        againstDense: pairedOrNull(accuracyBySeed(cells, row.id), dense),
        withinJob: over(({ delta }) => delta.accuracyPoints),
        withinJobInterval: own.length === 1 ? own[0]!.delta.accuracyPointsInterval : null,
        smaller: over(({ compressed, baseline }) => 100 * (1 - compressed.size.bits / baseline.size.bits)),
        kilobytes: over(({ compressed }) => compressed.size.bits / 8000),
        channels: over(({ compressed }) => compressed.channels),
        synapticOperations: over(
          ({ compressed: { synapticOperations: operations } }) =>
            (operations.accumulates + operations.multiplyAccumulates) / 1e6,
        ),
        spikeRate: over(({ compressed }) => compressed.spikeRate),
        energy: Object.fromEntries(
          models.map((model) => [model, over(({ energy }) => 1e6 * energy[model]!)]),
        ),
      },
    ];
  });
}

export function gridTable(rows: readonly RowFigures[]): string {
  return markdownTable(
    [
      'method',
      'seeds',
      'test accuracy, %',
      'against dense, points',
      'within its job, points',
      'smaller, %',
      'kB',
      'channels',
      'SynOps, M',
      'spike rate',
    ],
    rows.map((row) => [
      row.row,
      String(row.accuracy.seeds),
      describeOverSeeds(row.accuracy, 2),
      row.row === denseRow || row.againstDense === null ? '' : describePaired(row.againstDense),
      row.withinJobInterval === null
        ? describeOverSeeds(row.withinJob, 2)
        : describePaired({ mean: row.withinJob.mean, interval: row.withinJobInterval }),
      describeOverSeeds(row.smaller, 2),
      row.kilobytes.mean.toFixed(2),
      row.channels.mean.toFixed(1),
      row.synapticOperations.mean.toFixed(2),
      row.spikeRate.mean.toFixed(3),
    ]),
  );
}

/** Of every comparison with cells: the first row's accuracy less each other's. */
export function comparisonTables(grid: Grid, cells: readonly GridCell[]): string {
  return grid.comparisons
    .flatMap(({ title, first, others }) => {
      const own = accuracyBySeed(cells, first);
      const rows = others.flatMap((other) => {
        const paired = pairedOrNull(own, accuracyBySeed(cells, other));
        return paired === null ? [] : [[other, describePaired(paired)]];
      });
      return rows.length === 0 ? [] : [`### ${title}\n\n${markdownTable([`${first} less`, 'points'], rows)}`];
    })
    .join('\n\n');
}

/** In %, by seed. */
const accuracyBySeed = (cells: readonly GridCell[], row: string): Map<number, number> =>
  new Map(
    cells
      .filter((cell) => cell.row.id === row)
      .map(({ seed, figures }) => [seed, 100 * figures.compressed.accuracy.value]),
  );

const pairedOrNull = (
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): PairedOverSeeds | null =>
  [...first.keys()].some((seed) => second.has(seed)) ? pairedOverSeeds(first, second) : null;

const describePaired = ({ mean, interval }: Pick<PairedOverSeeds, 'mean' | 'interval'>): string =>
  interval === null
    ? signed(mean, 2)
    : `${signed(mean, 2)} [${signed(interval.low, 2)}, ${signed(interval.high, 2)}]`;
