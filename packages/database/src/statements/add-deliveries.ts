import type { Event } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import type { LockedJob } from './lock-job.ts';

/**
 * One delivery per event and endpoint that asked for it: the job's own, those of its sweep, and those of the whole
 * tenant.
 */
export async function addDeliveries(
  tx: Transaction,
  job: Pick<LockedJob, 'id' | 'tenantId' | 'now'>,
  events: readonly Event[],
): Promise<void> {
  const types = events.map((event) => event.type);
  const endpoints = await tx.$queryRaw<Endpoint[]>`
    SELECT id, events FROM webhook_endpoints
    WHERE tenant_id = ${job.tenantId} AND disabled_at IS NULL AND events && ${types}::text[]
      AND (job_id = ${job.id} OR sweep_id = (SELECT sweep_id FROM jobs WHERE id = ${job.id})
        OR (job_id IS NULL AND sweep_id IS NULL))`;
  await insertDeliveries(tx, job, endpoints, events);
}

export interface Endpoint {
  readonly id: string;
  readonly events: readonly string[];
}

/** @param events of any jobs of the tenant; each goes to those of the endpoints that asked for its type */
export async function insertDeliveries(
  tx: Transaction,
  { tenantId, now }: Pick<LockedJob, 'tenantId' | 'now'>,
  endpoints: readonly Endpoint[],
  events: readonly Event[],
): Promise<void> {
  const deliveries = endpoints.flatMap((endpoint) =>
    events
      .filter((event) => endpoint.events.includes(event.type))
      .map((event) => ({
        id: newId('webhookDelivery'),
        tenantId,
        jobId: event.jobId,
        endpointId: endpoint.id,
        eventId: event.id,
        createdAt: now,
        nextAttemptAt: now,
      })),
  );
  if (deliveries.length > 0) await tx.webhookDelivery.createMany({ data: deliveries });
}
