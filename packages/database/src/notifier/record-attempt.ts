import { assertExhaustive } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import { storable } from '../storable-text.ts';
import type { DeliveryAttempt } from '../surface/notifier.ts';

/** See DeliveryRepository.recordAttempt. The attempt's number is the fence. */
export function recordAttempt(connection: Connection, attempt: DeliveryAttempt): Promise<boolean> {
  return connection.transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ endpointId: string; tenantId: string }[]>`
      SELECT endpoint_id AS "endpointId", tenant_id AS "tenantId" FROM webhook_deliveries
      WHERE id = ${attempt.deliveryId} AND attempt = ${attempt.attempt} AND status = 'pending' FOR UPDATE`;
    if (row === undefined) return false;
    await tx.webhookAttempt.create({
      data: {
        deliveryId: attempt.deliveryId,
        attempt: attempt.attempt,
        tenantId: row.tenantId,
        statusCode: attempt.statusCode,
        error: attempt.error === null ? null : storable(attempt.error),
        durationMs: Math.round(attempt.durationMs),
      },
    });
    await settle(tx, attempt, row.endpointId);
    return true;
  });
}

async function settle(
  tx: Transaction,
  { deliveryId, outcome }: DeliveryAttempt,
  endpointId: string,
): Promise<void> {
  switch (outcome.kind) {
    case 'delivered':
      await tx.$executeRaw`
        UPDATE webhook_deliveries SET status = 'delivered', next_attempt_at = NULL, delivered_at = clock_timestamp()
        WHERE id = ${deliveryId}`;
      return;
    case 'retry':
      await tx.$executeRaw`
        UPDATE webhook_deliveries
        SET next_attempt_at = clock_timestamp() + make_interval(secs => ${outcome.afterMs / 1000}::double precision)
        WHERE id = ${deliveryId}`;
      return;
    case 'failed':
      await tx.$executeRaw`
        UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL WHERE id = ${deliveryId}`;
      if (outcome.disableEndpoint) await disableEndpoint(tx, endpointId);
      return;
    default:
      assertExhaustive(outcome);
  }
}

async function disableEndpoint(tx: Transaction, endpointId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE webhook_endpoints SET disabled_at = clock_timestamp() WHERE id = ${endpointId} AND disabled_at IS NULL`;
  await tx.$executeRaw`
    UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL
    WHERE endpoint_id = ${endpointId} AND status = 'pending'`;
}
