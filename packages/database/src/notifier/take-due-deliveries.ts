import { toEvent } from '../application/events.ts';
import type { Connection } from '../connection.ts';
import type { JobEvent } from '../generated/client.ts';
import { isoTime } from '../rows.ts';
import type { DueDelivery } from '../surface/notifier.ts';

type DueRow = {
  deliveryId: string;
  tenantId: string;
  jobId: string;
  eventId: string;
  attempt: number;
  createdAt: Date;
  url: string;
  secret: Uint8Array | null;
  tenantSecret: Uint8Array;
  previousTenantSecret: Uint8Array | null;
};

/**
 * Leases due deliveries: each goes to the end of the lease in the order of attempts, with the next attempt number.
 * When the notifier dies, the delivery is simply due again then.
 */
export function takeDueDeliveries(
  connection: Connection,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<DueDelivery[]> {
  return connection.transaction(async (tx) => {
    // Deliveries that were written while their endpoint was being disabled.
    await tx.$executeRaw`
      UPDATE webhook_deliveries d SET status = 'failed', next_attempt_at = NULL
      FROM webhook_endpoints e
      WHERE d.status = 'pending' AND d.next_attempt_at <= clock_timestamp()
        AND e.id = d.endpoint_id AND e.disabled_at IS NOT NULL`;
    const rows = await tx.$queryRaw<DueRow[]>`
      WITH due AS (
        SELECT id FROM webhook_deliveries
        WHERE status = 'pending' AND next_attempt_at <= clock_timestamp()
        ORDER BY next_attempt_at, id LIMIT ${limit} FOR UPDATE SKIP LOCKED
      )
      UPDATE webhook_deliveries d SET
        attempt = d.attempt + 1,
        next_attempt_at = clock_timestamp() + make_interval(secs => ${leaseSeconds}::double precision)
      FROM due, webhook_endpoints e, tenants t
      WHERE d.id = due.id AND e.id = d.endpoint_id AND t.id = d.tenant_id
      RETURNING d.id AS "deliveryId", d.tenant_id AS "tenantId", d.job_id AS "jobId", d.event_id AS "eventId",
        d.attempt, d.created_at AS "createdAt", e.url, e.secret, t.webhook_secret AS "tenantSecret",
        CASE WHEN t.previous_webhook_secret_until > now() THEN t.previous_webhook_secret END AS "previousTenantSecret"`;
    if (rows.length === 0) return [];
    const events = await tx.jobEvent.findMany({ where: { id: { in: rows.map((row) => row.eventId) } } });
    const byId = new Map(events.map((event) => [event.id, event]));
    return rows
      .map((row) => toDueDelivery(row, byId))
      .sort((one, other) => (one.deliveryId < other.deliveryId ? -1 : 1));
  });
}

function toDueDelivery(row: DueRow, events: ReadonlyMap<string, JobEvent>): DueDelivery {
  const { eventId, secret, tenantSecret, previousTenantSecret, createdAt, ...rest } = row;
  const own = secret === null ? [tenantSecret, previousTenantSecret] : [secret];
  return {
    ...rest,
    createdAt: isoTime(createdAt),
    encryptedSecrets: own.filter((bytes) => bytes !== null),
    // The foreign key says that it is there.
    event: toEvent(events.get(eventId) as JobEvent),
  };
}
