import { type Static, Type } from 'typebox';
import { idSchema } from './ids.ts';
import { DateTime } from './scalars.ts';

export const eventTypes = [
  'job.created',
  'job.started',
  'job.interrupted',
  'job.canceling',
  'job.canceled',
  'job.succeeded',
  'job.failed',
  'phase.started',
  'phase.completed',
  'epoch.completed',
  'pruning.stepped',
  'checkpoint.saved',
  'sweep.completed',
] as const;
export type EventType = (typeof eventTypes)[number];
export const EventType = Type.Enum([...eventTypes]);

/** Events that end a job, and that a webhook hears of when it names none. */
export const defaultWebhookEvents = [
  'job.succeeded',
  'job.failed',
  'job.canceled',
] as const satisfies readonly EventType[];

/** The same of a sweep: the end of every job, and of the last one also that it was the last. */
export const defaultSweepWebhookEvents = [
  ...defaultWebhookEvents,
  'sweep.completed',
] as const satisfies readonly EventType[];

export const Event = Type.Object(
  {
    id: idSchema('event'),
    jobId: idSchema('job'),
    seq: Type.Integer({ minimum: 1, description: 'Per job, gap-free from 1; also the SSE `id`.' }),
    type: EventType,
    at: DateTime,
    attempt: Type.Integer({ minimum: 0 }),
    replayed: Type.Boolean({
      description: 'True when the work was done before, in an attempt that was interrupted.',
    }),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  {
    $id: 'Event',
    additionalProperties: false,
    description:
      'Something that happened to a job. `sweep.completed` is an event of the job of a sweep that ended last, just before its end.',
  },
);
export type Event = Static<typeof Event>;

/** `data` of `epoch.completed`. Rates are spikes per neuron per time step; validation figures only. */
export interface EpochCompletedData {
  phase: string;
  /** 1-based; epochs of the phase. */
  epoch: number;
  epochs: number;
  loss: number;
  trainAccuracy: number;
  validationAccuracy: number;
  spikeRate: number;
  imagesPerSecond: number;
  seconds: number;
  learningRate: number;
  /** Of the whole job, 0…1. */
  progress: number;
  /** Of the whole job; null while unknown. */
  etaSeconds: number | null;
}
