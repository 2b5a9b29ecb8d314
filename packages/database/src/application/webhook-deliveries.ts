import type { EventType } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import type { WebhookAttempt, WebhookDelivery } from '../generated/client.ts';
import { inOrderOf, newestFirst } from '../keyset.ts';
import { pageOf } from '../page.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';
import type { WebhookDeliveryRepository } from '../surface/application.ts';
import type { StoredDelivery } from '../surface/records.ts';
import { jobStatusOf } from './read-jobs.ts';

export function createWebhookDeliveries(connection: Connection): WebhookDeliveryRepository {
  return {
    list: ({ tenantId, jobId, ...page }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        if ((await jobStatusOf(tx, tenantId, jobId)) === null) return null;
        const list = `deliveries ${jobId}`;
        const ids = await tx.$queryRaw<{ id: string }[]>`
          SELECT id FROM webhook_deliveries
          WHERE tenant_id = ${tenantId} AND job_id = ${jobId} ${newestFirst(list, page)}`;
        const rows = inOrderOf(
          ids,
          await tx.webhookDelivery.findMany({ where: { id: { in: ids.map(({ id }) => id) } } }),
        );
        const data = await loadDeliveries(tx, rows.slice(0, page.limit));
        return {
          ...pageOf(
            list,
            rows,
            page.limit,
            (row) => [isoTime(row.createdAt), row.id],
            (row) => row.id,
          ),
          data,
        };
      }),
  };
}

/** Reads one after the other; the application may not read whole endpoint rows, which hold secrets. */
async function loadDeliveries(tx: Transaction, rows: readonly WebhookDelivery[]): Promise<StoredDelivery[]> {
  const endpoints = await tx.webhookEndpoint.findMany({
    where: { id: { in: rows.map((row) => row.endpointId) } },
    select: { id: true, url: true },
  });
  const events = await tx.jobEvent.findMany({
    where: { id: { in: rows.map((row) => row.eventId) } },
    select: { id: true, type: true },
  });
  const attempts = await tx.webhookAttempt.findMany({
    where: { deliveryId: { in: rows.map((row) => row.id) } },
    orderBy: { attempt: 'asc' },
  });
  const urls = new Map(endpoints.map(({ id, url }) => [id, url]));
  const types = new Map(events.map(({ id, type }) => [id, type]));
  return rows.map((row) => ({
    id: row.id,
    jobId: row.jobId,
    eventId: row.eventId,
    eventType: types.get(row.eventId) as EventType,
    url: urls.get(row.endpointId) ?? '',
    status: row.status,
    nextAttemptAt: isoTimeOrNull(row.nextAttemptAt),
    createdAt: isoTime(row.createdAt),
    deliveredAt: isoTimeOrNull(row.deliveredAt),
    attempts: attempts.filter((attempt) => attempt.deliveryId === row.id).map(toAttempt),
  }));
}

function toAttempt({
  at,
  statusCode,
  error,
  durationMs,
}: WebhookAttempt): StoredDelivery['attempts'][number] {
  return { at: isoTime(at), statusCode, error, durationMs };
}
