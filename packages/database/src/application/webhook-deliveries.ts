import type { EventType } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import { decodeTimeCursor } from '../cursor.ts';
import type { Prisma } from '../generated/client.ts';
import { pageOf } from '../page.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';
import type { WebhookDeliveryRepository } from '../surface/application.ts';
import type { StoredDelivery } from '../surface/records.ts';
import { jobStatusOf } from './read-jobs.ts';

const parts = {
  endpoint: { select: { url: true } },
  event: { select: { type: true } },
  attempts: { orderBy: { attempt: 'asc' } },
} as const satisfies Prisma.WebhookDeliveryInclude;

type DeliveryRow = Prisma.WebhookDeliveryGetPayload<{ include: typeof parts }>;

export function createWebhookDeliveries(connection: Connection): WebhookDeliveryRepository {
  return {
    list: ({ tenantId, jobId, limit, after }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        if ((await jobStatusOf(tx, tenantId, jobId)) === null) return null;
        const list = `deliveries ${jobId}`;
        const from = after === undefined ? null : decodeTimeCursor(list, after);
        const rows = await tx.webhookDelivery.findMany({
          where: {
            tenantId,
            jobId,
            ...(from && {
              OR: [{ createdAt: { lt: from.time } }, { createdAt: from.time, id: { lt: from.id } }],
            }),
          },
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          take: limit + 1,
          include: parts,
        });
        return pageOf(list, rows, limit, (row) => [isoTime(row.createdAt), row.id], toStoredDelivery);
      }),
  };
}

function toStoredDelivery(row: DeliveryRow): StoredDelivery {
  return {
    id: row.id,
    jobId: row.jobId,
    eventId: row.eventId,
    eventType: row.event.type as EventType,
    url: row.endpoint.url,
    status: row.status,
    nextAttemptAt: isoTimeOrNull(row.nextAttemptAt),
    createdAt: isoTime(row.createdAt),
    deliveredAt: isoTimeOrNull(row.deliveredAt),
    attempts: row.attempts.map(({ at, statusCode, error, durationMs }) => ({
      at: isoTime(at),
      statusCode,
      error,
      durationMs,
    })),
  };
}
