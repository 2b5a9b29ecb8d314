/** The jobs of a sweep, written together: what `createJob` does for one job, in a fixed number of statements. */
import type { Event } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import { isoTime, toJson } from '../rows.ts';
import { type Endpoint, insertDeliveries } from '../statements/add-deliveries.ts';
import type { NewSweepJob } from '../surface/sweeps.ts';

export interface CellJob extends NewSweepJob {
  cell: number;
  run: number;
}

export interface SweepOfJobs {
  id: string;
  tenantId: string;
  priority: number;
  metadata: unknown;
}

export async function insertJobs(
  tx: Transaction,
  sweep: SweepOfJobs,
  cells: readonly CellJob[],
  now: Date,
): Promise<void> {
  const { tenantId, priority } = sweep;
  const jobs = cells.map((cell) => ({ ...cell, id: newId('job') }));
  const ids = jobs.map(({ id }) => id);
  await tx.job.createMany({ data: jobs.map((job) => jobRow(sweep, job, now)) });
  await tx.jobTransition.createMany({
    data: ids.map((jobId) => ({ jobId, seq: 1, tenantId, status: 'queued', at: now })),
  });
  const events = jobs.map((job) => createdEvent(job, priority, now));
  await tx.jobEvent.createMany({
    data: events.map((event) => ({ ...event, tenantId, data: toJson(event.data) })),
  });
  const endpoints = await tx.$queryRaw<Endpoint[]>`
    SELECT id, events FROM webhook_endpoints
    WHERE tenant_id = ${tenantId} AND disabled_at IS NULL AND 'job.created' = ANY (events)
      AND (sweep_id = ${sweep.id} OR (job_id IS NULL AND sweep_id IS NULL))`;
  await insertDeliveries(tx, { tenantId, now }, endpoints, events);
  await tx.outbox.createMany({ data: ids.map((jobId) => ({ tenantId, jobId, enqueueSeq: 1, priority })) });
}

function jobRow(sweep: SweepOfJobs, job: CellJob & { id: string }, now: Date) {
  const { resolved } = job;
  return {
    id: job.id,
    tenantId: sweep.tenantId,
    name: job.name,
    requested: toJson(job.requested),
    resolved: toJson(resolved),
    modelSha256: job.modelSha256,
    architecture: job.requested.model.architecture,
    datasetId: resolved.dataset.id,
    targetId: resolved.target.id,
    targetVersion: resolved.target.version,
    metadata: toJson(sweep.metadata),
    priority: sweep.priority,
    seed: resolved.seed,
    eventSeq: 1,
    sweepId: sweep.id,
    cell: job.cell,
    cellRun: job.run,
    queuedAt: now,
    createdAt: now,
  };
}

const createdEvent = (job: CellJob & { id: string }, priority: number, now: Date): Event => ({
  id: newId('event'),
  jobId: job.id,
  seq: 1,
  type: 'job.created',
  at: isoTime(now),
  attempt: 0,
  replayed: false,
  data: {
    name: job.name,
    architecture: job.requested.model.architecture,
    datasetId: job.resolved.dataset.id,
    targetId: job.resolved.target.id,
    priority,
    seed: job.resolved.seed,
  },
});
