import type { MeanOverSeeds, SweepAxis, SweepResults } from '@spikefit/contracts';

export type SweepTable = 'jobs' | 'groups';
type Row = Readonly<Record<string, unknown>>;

/** One of the tables of a sweep as CSV (RFC 4180). What a field has no value for is empty; objects are JSON. */
export function resultsCsv(
  axes: readonly SweepAxis[],
  results: Pick<SweepResults, 'rows' | 'groups'>,
  table: SweepTable,
): string {
  const names = axes.map(({ name }) => name);
  const models = [...new Set(results.groups.flatMap(({ energy }) => Object.keys(energy)))];
  const rows = table === 'jobs' ? jobRows(results, names, models) : groupRows(results, names, models);
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

const jobRows = (
  { rows }: Pick<SweepResults, 'rows'>,
  names: readonly string[],
  models: readonly string[],
): Row[] =>
  rows.map(({ cell, jobId, status, seed, group, values, errorCode, figures }) => ({
    cell,
    group,
    jobId,
    status,
    seed,
    // A seed among the axes is the same column.
    ...pick(values, names),
    errorCode,
    baselineAccuracy: figures?.baselineAccuracy,
    accuracy: figures?.accuracy,
    denseSizeBits: figures?.denseSizeBits,
    sizeBits: figures?.sizeBits,
    neurons: figures?.neurons,
    synapses: figures?.synapses,
    spikeRate: figures?.spikeRate,
    synapticOperations: figures?.synapticOperations,
    ...Object.fromEntries(models.map((model) => [`joules (${model})`, figures?.energy[model]])),
    fit: figures?.fit,
  }));

const groupRows = (
  { groups }: Pick<SweepResults, 'groups'>,
  names: readonly string[],
  models: readonly string[],
): Row[] =>
  groups.map((group, index) => ({
    group: index,
    ...pick(
      group.values,
      names.filter((name) => Object.hasOwn(group.values, name)),
    ),
    jobs: group.jobs,
    n: group.n,
    ...spread('baselineAccuracy', group.baselineAccuracy),
    ...spread('accuracy', group.accuracy),
    ...spread('sizeBits', group.sizeBits),
    ...spread('neurons', group.neurons),
    ...spread('synapses', group.synapses),
    ...spread('spikeRate', group.spikeRate),
    ...spread('synapticOperations', group.synapticOperations),
    ...Object.assign({}, ...models.map((model) => spread(`joules (${model})`, group.energy[model]))),
  }));

const pick = (values: Row, names: readonly string[]): Row =>
  Object.fromEntries(names.map((name) => [name, values[name]]));

const spread = (name: string, value: MeanOverSeeds | undefined): Row => ({
  [`${name} mean`]: value?.mean,
  [`${name} sd`]: value?.sd,
});

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
