import type { Event } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import type { LockedJob } from './lock-job.ts';

/** One delivery per event and endpoint that asked for it: the job's own, and those of the whole tenant. */
export async function addDeliveries(
  tx: Transaction,
  job: Pick<LockedJob, 'id' | 'tenantId' | 'now'>,
  events: readonly Event[],
): Promise<void> {
  const types = events.map((event) => event.type);
  const endpoints = await tx.$queryRaw<{ id: string; events: string[] }[]>`
    SELECT id, events FROM webhook_endpoints
    WHERE tenant_id = ${job.tenantId} AND (job_id = ${job.id} OR job_id IS NULL)
      AND disabled_at IS NULL AND events && ${types}::text[]`;
  const deliveries = endpoints.flatMap((endpoint) =>
    events
      .filter((event) => endpoint.events.includes(event.type))
      .map((event) => ({
        id: newId('webhookDelivery'),
        tenantId: job.tenantId,
        jobId: job.id,
        endpointId: endpoint.id,
        eventId: event.id,
        createdAt: job.now,
        nextAttemptAt: job.now,
      })),
  );
  if (deliveries.length > 0) await tx.webhookDelivery.createMany({ data: deliveries });
}
