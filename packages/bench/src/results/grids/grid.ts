import type { JobRequest } from '@spikefit/contracts';

/** One method at one setting: a line of the table, a job for every seed. */
export interface GridRow {
  /** Tells rows of a grid apart. */
  readonly id: string;
  /** Rows of a family share a colour in the plot. */
  readonly family: string;
  readonly method: NonNullable<JobRequest['method']>;
  /** Where it is not the grid's network itself but its ANN twin. */
  readonly activation?: 'quantized-relu';
  readonly training: Required<Pick<Training, 'pretrainEpochs' | 'catEpochs' | 'finetuneEpochs'>>;
}

type Training = NonNullable<JobRequest['training']>;

/** Rows that are set against each other: the first with each of the others. */
export interface Comparison {
  readonly title: string;
  readonly first: string;
  readonly others: readonly string[];
}

export interface Grid {
  readonly name: string;
  readonly architecture: string;
  readonly rows: readonly GridRow[];
  readonly comparisons: readonly Comparison[];
  readonly seeds: readonly number[];
  readonly trainSamples: number;
  readonly testSamples: number;
}

/** The nets of the tables, as docs/results names them: one that trains in minutes, and SpikingJelly's example. */
export const smallNet = '32C3-BN-LIF-MP2-64C3-BN-LIF-MP2-FC10';
export const csnnNet = '128C3-BN-IF-MP2-128C3-BN-IF-MP2-FC2048-IF-FC10';

/** The row that every other one is measured against. */
export const denseRow = 'dense';

/**
 * The rows in the order in which a seed's jobs run, so that an interrupted grid has the most telling ones: dense, what
 * comparisons are about, then the first that each is set against, the second, and so on; then the others.
 */
export function runningOrder({ rows, comparisons }: Grid): GridRow[] {
  const ranks = [denseRow, ...comparisons.map(({ first }) => first)];
  const longest = Math.max(0, ...comparisons.map(({ others }) => others.length));
  for (let place = 0; place < longest; place++)
    ranks.push(...comparisons.flatMap(({ others }) => others.slice(place, place + 1)));
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ranked = ranks.map((id) => byId.get(id)).filter((row) => row !== undefined);
  return [...new Set([...ranked, ...rows])];
}

/** Nothing is known of it: what a method may do depends on no chip. */
const target = { id: 'any', name: 'No limit' } as const;

/**
 * The job of a row and seed. Its metadata say which cell it is; the jobs of a sweep have the sweep's own. The time limit is
 * that of a slow machine: no job of a grid should fail for being slow.
 */
export const requestOf = (grid: Grid, row: GridRow, seed: number): JobRequest => ({
  name: `${grid.name}: ${row.id}, seed ${seed}`,
  model: {
    architecture: grid.architecture,
    timeSteps: 4,
    ...(row.activation === undefined ? {} : { activation: row.activation }),
  },
  dataset: { id: 'fashion-mnist', trainSamples: grid.trainSamples, testSamples: grid.testSamples },
  target,
  method: row.method,
  training: row.training,
  seed,
  limits: { maxRuntimeSeconds: 86_400 },
  metadata: { result: grid.name, row: row.id },
});
