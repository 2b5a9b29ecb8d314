import { type Static, Type } from 'typebox';
import { idSchema } from './ids.ts';
import { JobRequest, WebhookRequest } from './job-request.ts';
import { JobStatus } from './job-status.ts';
import { Problem } from './problem.ts';
import { fitVerdicts, type Report } from './report.ts';
import { DateTime, Metadata, Nullable } from './scalars.ts';
import { SweepStatus } from './sweep-status.ts';

/** A sweep has at most so many jobs, and a grid so many axes. */
export const sweepLimits = { cells: 1000, axes: 16 } as const;

const { model, dataset, target, method, training, seed, limits } = JobRequest.properties;

/** What one cell asks for: the part of a job request that says what is computed. */
export const SweepCell = Type.Object(
  { model, dataset, target, method, training, seed, limits },
  { additionalProperties: false },
);

export const SweepRequest = Type.Object(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 150, description: 'Jobs are named after it and their cell.' }),
    ),
    base: Type.Record(Type.String(), Type.Unknown(), {
      description:
        'A job request (`model`, `dataset`, `target`, `method`, `training`, `seed`, `limits`); what the grid sets may be ' +
        'left out. `name`, `priority`, `webhook` and `metadata` are those of the sweep.',
    }),
    grid: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.Unknown(), { minItems: 1 }), {
        maxProperties: sweepLimits.axes,
        description:
          'Field → its values. A field is named as in `method.quantization.levels` or by the JSON pointer ' +
          '`/method/quantization/levels`; a value may be an object. Every combination is a cell, of which the last ' +
          `field changes fastest; there are at most ${sweepLimits.cells} cells.`,
      }),
    ),
    seeds: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 }), {
        minItems: 1,
        uniqueItems: true,
        description: 'Every cell of the grid is run with each; results are grouped over them.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 100, default: 0, description: 'Of every job; higher runs first.' }),
    ),
    webhook: Type.Optional(WebhookRequest),
    metadata: Type.Optional(Metadata),
  },
  {
    $id: 'SweepRequest',
    additionalProperties: false,
    description: 'One job for each combination of values and seeds.',
  },
);
export type SweepRequest = Static<typeof SweepRequest>;

/** One field of a grid with its values; the seeds are the last axis, named `seed`. */
export interface SweepAxis {
  /** As sent. */
  readonly name: string;
  /** Of the field in a job request. */
  readonly path: readonly string[];
  readonly values: readonly unknown[];
  /** Sent as `seeds`. */
  readonly fromSeeds?: true;
}

const CellValues = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Field of the grid → its value in this cell.',
});

const Count = Type.Integer({ minimum: 0 });

const summary = {
  id: idSchema('sweep'),
  name: Nullable(Type.String()),
  status: SweepStatus,
  cells: Type.Integer({ minimum: 1 }),
  /** Cells by the status of their newest job. */
  counts: Type.Object({
    queued: Count,
    running: Count,
    pausing: Count,
    paused: Count,
    canceling: Count,
    canceled: Count,
    succeeded: Count,
    failed: Count,
  }),
  progress: Type.Object({ fraction: Type.Number({ description: 'Mean over the jobs.' }) }),
  resumes: Type.Integer({ description: 'How often the sweep was resumed.' }),
  priority: Type.Integer(),
  metadata: Metadata,
  createdAt: DateTime,
  startedAt: Nullable(DateTime),
  endedAt: Nullable(DateTime),
  urls: Type.Object({ self: Type.String(), results: Type.String(), plot: Type.String() }),
};

export const SweepSummary = Type.Object(summary, {
  $id: 'SweepSummary',
  description: 'A sweep and where it stands, without its jobs.',
});
export type SweepSummary = Static<typeof SweepSummary>;

export const Sweep = Type.Object(
  {
    ...summary,
    base: Type.Record(Type.String(), Type.Unknown()),
    axes: Type.Array(
      Type.Object({
        name: Type.String(),
        pointer: Type.String({ description: 'JSON pointer into a job request.' }),
        values: Type.Array(Type.Unknown()),
      }),
    ),
    jobs: Type.Array(
      Type.Object({
        cell: Type.Integer({ minimum: 0 }),
        jobId: idSchema('job'),
        /** From 1; grows when the cell is run again by a resume. */
        run: Type.Integer({ minimum: 1 }),
        status: JobStatus,
        progress: Type.Number(),
        values: CellValues,
      }),
    ),
  },
  { $id: 'Sweep', description: 'One job for each cell of a grid, and where they stand.' },
);
export type Sweep = Static<typeof Sweep>;

export const SweepPreview = Type.Object(
  {
    cells: Type.Integer({ description: 'One job each.' }),
    estimate: Type.Object({
      seconds: Type.Number({
        description:
          'Sum over the jobs as each is estimated, on one worker; shared pretraining is not counted off.',
      }),
    }),
  },
  { $id: 'SweepPreview', description: 'What a valid sweep would be.' },
);
export type SweepPreview = Static<typeof SweepPreview>;

/** What the tables of a sweep need of a report. */
export interface ReportedFigures {
  readonly baseline: Pick<Report['baseline'], 'accuracy' | 'size'>;
  readonly compressed: Pick<
    Report['compressed'],
    'accuracy' | 'size' | 'neurons' | 'synapses' | 'spikeRate' | 'synapticOperations'
  >;
  readonly energy: readonly Pick<Report['energy'][number], 'model' | 'compressed'>[];
  readonly fit: Pick<Report['fit'], 'verdict'>;
}

/** The figures of one job of a sweep, taken from its report. */
export const SweepFigures = Type.Object({
  baselineAccuracy: Type.Number({ description: 'Of the dense network, on the test samples, 0…1.' }),
  accuracy: Type.Number({ description: 'Of the compressed network, as measured on the artifact, 0…1.' }),
  sizeBits: Type.Number({ description: 'Of the compressed network, as stored.' }),
  denseSizeBits: Type.Number(),
  neurons: Type.Integer({ description: 'Of the compressed network.' }),
  synapses: Type.Integer({ description: 'Connections of the compressed network whose weight is not zero.' }),
  spikeRate: Type.Number({ description: 'Mean spikes per neuron per time step of the compressed network.' }),
  synapticOperations: Type.Number({ description: 'Accumulates and multiply-accumulates per image.' }),
  energy: Type.Record(Type.String(), Nullable(Type.Number()), {
    description: 'Energy model → joules per image of the compressed network.',
  }),
  fit: Type.Enum(fitVerdicts, { description: 'Whether the compressed network fits the target.' }),
});
export type SweepFigures = Static<typeof SweepFigures>;

export const SweepRow = Type.Object({
  cell: Type.Integer(),
  jobId: idSchema('job'),
  status: JobStatus,
  seed: Type.Integer(),
  values: CellValues,
  group: Type.Integer({ description: 'Index into `groups`.' }),
  errorCode: Nullable(Problem.properties.code),
  figures: Nullable(SweepFigures),
});
export type SweepRow = Static<typeof SweepRow>;

/** Of the jobs of a group that have succeeded; null where there is none, or (`sd`) only one. */
export const MeanOverSeeds = Type.Object({
  mean: Nullable(Type.Number()),
  sd: Nullable(Type.Number({ description: 'Sample standard deviation (n − 1).' })),
});
export type MeanOverSeeds = Static<typeof MeanOverSeeds>;

export const SweepGroup = Type.Object({
  values: Type.Record(Type.String(), Type.Unknown()),
  seeds: Type.Array(Type.Integer(), { description: 'Of the jobs that have succeeded.' }),
  jobs: Type.Integer(),
  n: Type.Integer({ description: 'Jobs that have succeeded.' }),
  baselineAccuracy: MeanOverSeeds,
  accuracy: MeanOverSeeds,
  sizeBits: MeanOverSeeds,
  neurons: MeanOverSeeds,
  synapses: MeanOverSeeds,
  spikeRate: MeanOverSeeds,
  synapticOperations: MeanOverSeeds,
  energy: Type.Record(Type.String(), MeanOverSeeds),
});
export type SweepGroup = Static<typeof SweepGroup>;

export const SweepFront = Type.Object({
  against: Type.String({ description: '`sizeBits`, `synapticOperations` or `energy: ` and the model.' }),
  groups: Type.Array(Type.Integer(), {
    description:
      'Indices into `groups`, cheapest first: no other group has at least their accuracy for less.',
  }),
});
export type SweepFront = Static<typeof SweepFront>;

export const SweepResults = Type.Object(
  {
    sweepId: idSchema('sweep'),
    status: SweepStatus,
    rows: Type.Array(SweepRow),
    groups: Type.Array(SweepGroup),
    pareto: Type.Array(SweepFront),
  },
  {
    $id: 'SweepResults',
    description: 'A row per job, the jobs grouped over seeds, and the fronts of mean accuracy against cost.',
  },
);
export type SweepResults = Static<typeof SweepResults>;
