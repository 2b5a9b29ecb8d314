import type {
  ErrorCode,
  JobStatus,
  SweepAxis,
  SweepFigures,
  SweepFront,
  SweepGroup,
  SweepResults,
  SweepRow,
} from '@spikefit/contracts';
import { valuesOfCell } from '../grid/cells.ts';
import { meanOverSeeds } from './mean-over-seeds.ts';
import { paretoFront } from './pareto-front.ts';

/** The newest job of one cell; `figures` once it has succeeded. */
export interface CellResult {
  readonly cell: number;
  readonly jobId: string;
  readonly status: JobStatus;
  readonly seed: number;
  readonly errorCode: ErrorCode | null;
  readonly figures: SweepFigures | null;
}

type Tables = Pick<SweepResults, 'rows' | 'groups' | 'pareto'>;

/** A row per job in order of the cells, the jobs that differ in nothing but the seed as one group, and the fronts of groups. */
export function tabulate(axes: readonly SweepAxis[], results: readonly CellResult[]): Tables {
  const groupNumbers = new Map<string, number>();
  const rows = [...results]
    .sort((one, other) => one.cell - other.cell)
    .map((result): SweepRow => {
      const values = valuesOfCell(axes, result.cell);
      const key = JSON.stringify(withoutSeed(axes, values));
      const group = groupNumbers.get(key) ?? groupNumbers.size;
      groupNumbers.set(key, group);
      return { ...result, values, group };
    });
  const groups = [...groupNumbers.values()].map((number) =>
    toGroup(
      axes,
      rows.filter((row) => row.group === number),
    ),
  );
  return { rows, groups, pareto: fronts(groups) };
}

const isSeedAxis = ({ path }: SweepAxis): boolean => path.length === 1 && path[0] === 'seed';

function withoutSeed(
  axes: readonly SweepAxis[],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kept = axes.filter((axis) => !isSeedAxis(axis));
  return Object.fromEntries(kept.map(({ name }) => [name, values[name]]));
}

function toGroup(axes: readonly SweepAxis[], rows: readonly SweepRow[]): SweepGroup {
  const done = rows.flatMap(({ seed, figures }) => (figures === null ? [] : [{ seed, figures }]));
  const over = (read: (figures: SweepFigures) => number | null | undefined) =>
    meanOverSeeds(done.flatMap(({ figures }) => read(figures) ?? []));
  return {
    values: withoutSeed(axes, rows[0]?.values ?? {}),
    seeds: done.map(({ seed }) => seed),
    jobs: rows.length,
    n: done.length,
    baselineAccuracy: over(({ baselineAccuracy }) => baselineAccuracy),
    accuracy: over(({ accuracy }) => accuracy),
    sizeBits: over(({ sizeBits }) => sizeBits),
    neurons: over(({ neurons }) => neurons),
    synapses: over(({ synapses }) => synapses),
    spikeRate: over(({ spikeRate }) => spikeRate),
    synapticOperations: over(({ synapticOperations }) => synapticOperations),
    energy: Object.fromEntries(
      modelsOf(done.map(({ figures }) => figures)).map((model) => [
        model,
        over(({ energy }) => energy[model]),
      ]),
    ),
  };
}

const modelsOf = (all: readonly { energy: Readonly<Record<string, unknown>> }[]): string[] => [
  ...new Set(all.flatMap(({ energy }) => Object.keys(energy))),
];

function fronts(groups: readonly SweepGroup[]): SweepFront[] {
  const costs: [against: string, cost: (group: SweepGroup) => number | null | undefined][] = [
    ['sizeBits', (group) => group.sizeBits.mean],
    ['synapticOperations', (group) => group.synapticOperations.mean],
    ...modelsOf(groups).map((model): [string, (group: SweepGroup) => number | null | undefined] => [
      `energy: ${model}`,
      (group) => group.energy[model]?.mean,
    ]),
  ];
  return costs.map(([against, costOf]) => {
    const candidates = groups.flatMap((group, index) => {
      const gain = group.accuracy.mean;
      const cost = costOf(group) ?? null;
      return gain === null || cost === null ? [] : [{ index, gain, cost }];
    });
    return { against, groups: paretoFront(candidates).map((place) => candidates[place]?.index ?? 0) };
  });
}
