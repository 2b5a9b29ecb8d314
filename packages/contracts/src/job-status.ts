import { Type } from 'typebox';

export const jobStatuses = [
  'queued',
  'running',
  'pausing',
  'paused',
  'canceling',
  'canceled',
  'succeeded',
  'failed',
] as const;
export type JobStatus = (typeof jobStatuses)[number];
export const JobStatus = Type.Enum([...jobStatuses]);

/**
 * queued → running → succeeded | failed | canceled; a running job that is asked to cancel is `canceling` until
 * its worker lets go; an interrupted attempt goes back to `queued`.
 */
export const jobTransitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'canceled', 'paused', 'failed'],
  running: ['queued', 'canceling', 'pausing', 'succeeded', 'failed', 'canceled'],
  pausing: ['paused', 'canceling', 'succeeded', 'failed', 'queued'],
  paused: ['queued', 'canceled'],
  canceling: ['canceled', 'succeeded', 'failed'],
  canceled: [],
  succeeded: [],
  failed: [],
};

export const isTerminal = (status: JobStatus): boolean => jobTransitions[status].length === 0;
export const isHeldByWorker = (status: JobStatus): boolean =>
  status === 'running' || status === 'pausing' || status === 'canceling';
