import { type Static, Type } from 'typebox';
import { idSchema } from './ids.ts';
import { JobRequest } from './job-request.ts';
import { JobStatus } from './job-status.ts';
import { Phase } from './phases.ts';
import { Problem } from './problem.ts';
import { Fit } from './report.ts';
import { ResolvedSpec } from './resolved-spec.ts';
import { DateTime, Metadata, Nullable, Sha256 } from './scalars.ts';

export const JobError = Type.Object({
  code: Problem.properties.code,
  detail: Type.String(),
  retryable: Type.Boolean({ description: 'True when the same job may succeed when it is sent again.' }),
});
export type JobError = Static<typeof JobError>;

export const Job = Type.Object(
  {
    id: idSchema('job'),
    name: Nullable(Type.String()),
    status: JobStatus,
    phase: Nullable(Phase),
    attempt: Type.Integer({ description: 'Claims so far.' }),
    interruptions: Type.Integer({ description: 'Attempts that ended without a failure of the job.' }),
    priority: Type.Integer(),
    seed: Type.Integer(),
    /** `requested` as sent (without the webhook secret), `resolved` with every default. */
    spec: Type.Object({ requested: Type.Omit(JobRequest, []), resolved: ResolvedSpec }),
    model: Type.Object({ architecture: Type.String(), sha256: Sha256 }),
    dataset: Type.Object({ id: Type.String() }),
    target: Type.Object({ id: Type.String(), version: Type.Integer() }),
    progress: Type.Object({
      fraction: Type.Number(),
      etaSeconds: Nullable(Type.Number()),
      updatedAt: Nullable(DateTime),
    }),
    queue: Nullable(
      Type.Object({
        position: Type.Integer({
          minimum: 1,
          description: 'Among the waiting jobs of all tenants. Of a single job; a list does not tell it.',
        }),
      }),
    ),
    /** Why a waiting job waits, where there is something to say. */
    statusMessage: Nullable(Type.String()),
    error: Nullable(JobError),
    timings: Type.Object({ queuedMs: Nullable(Type.Integer()), runningMs: Nullable(Type.Integer()) }),
    statusTransitions: Type.Array(
      Type.Object({ status: JobStatus, at: DateTime, message: Nullable(Type.String()) }),
    ),
    sweep: Nullable(
      Type.Object(
        { id: idSchema('sweep'), cell: Type.Integer() },
        { description: 'The sweep that the job belongs to.' },
      ),
    ),
    metadata: Metadata,
    createdAt: DateTime,
    startedAt: Nullable(DateTime),
    endedAt: Nullable(DateTime),
    urls: Type.Object({
      self: Type.String(),
      events: Type.String(),
      report: Type.String(),
      checkpoints: Type.String(),
      artifacts: Type.String(),
      webhookDeliveries: Type.String(),
    }),
  },
  { $id: 'Job', description: 'One compression request and where it stands.' },
);
export type Job = Static<typeof Job>;

/** Answer to `POST /v1/jobs?validateOnly=true`. */
export const JobPreview = Type.Object(
  {
    resolved: ResolvedSpec,
    fit: Fit,
    estimate: Type.Object({
      trainingSteps: Type.Integer(),
      /** Multiply-accumulates of one image's forward pass over all T, dense network. */
      multiplyAccumulatesPerImage: Type.Number(),
      seconds: Type.Number({
        description:
          'From the start of the trainer to its end, for the native kernels on two cores that do nothing else; most jobs take between half and twice of it. Waiting in the queue is not counted.',
      }),
      denseSizeBits: Type.Integer(),
      compressedSizeBits: Nullable(
        Type.Integer({
          description:
            'If the pruning budget is met evenly in all layers; null for a budget that only the job can measure.',
        }),
      ),
    }),
  },
  { $id: 'JobPreview' },
);
export type JobPreview = Static<typeof JobPreview>;
