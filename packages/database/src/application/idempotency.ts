/**
 * Idempotency-Key: scope tenant + route + key, 24 h. The first request holds an advisory lock until its transaction
 * ends, so that a second one learns at once that the first is still running.
 */
import { CodedError } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { toJson } from '../rows.ts';
import type { IdempotencyKey, IdempotentAnswer } from '../surface/records.ts';

/** @throws CodedError `idempotency.body-differs` */
export async function readAnswer(
  tx: Transaction,
  tenantId: string,
  { route, key, bodyHash }: IdempotencyKey,
): Promise<IdempotentAnswer | null> {
  const [row] = await tx.$queryRaw<{ bodyHash: string; statusCode: number; body: unknown }[]>`
    SELECT body_hash AS "bodyHash", status_code AS "statusCode", body FROM idempotency_keys
    WHERE tenant_id = ${tenantId} AND route = ${route} AND key = ${key}
      AND created_at > now() - interval '24 hours'`;
  if (row === undefined) return null;
  if (row.bodyHash !== bodyHash) {
    throw new CodedError(
      'idempotency.body-differs',
      'this Idempotency-Key was used with another body in the last 24 hours',
    );
  }
  return { statusCode: row.statusCode, body: row.body };
}

/**
 * @returns the stored answer, or null: then this transaction holds the key and must keep an answer
 * @throws CodedError `idempotency.in-progress`, `idempotency.body-differs`
 */
export async function takeKey(
  tx: Transaction,
  tenantId: string,
  claim: IdempotencyKey,
): Promise<IdempotentAnswer | null> {
  const scope = JSON.stringify([tenantId, claim.route, claim.key]);
  const [lock] = await tx.$queryRaw<[{ locked: boolean }]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${scope}, 0)) AS locked`;
  if (!lock.locked) {
    throw new CodedError(
      'idempotency.in-progress',
      'the first request with this Idempotency-Key has not ended yet',
    );
  }
  return readAnswer(tx, tenantId, claim);
}

export async function keepAnswer(
  tx: Transaction,
  tenantId: string,
  claim: IdempotencyKey,
  answer: IdempotentAnswer,
): Promise<void> {
  const scope = { tenantId, route: claim.route, key: claim.key };
  const content = { bodyHash: claim.bodyHash, statusCode: answer.statusCode, body: toJson(answer.body) };
  // A row older than 24 h that is not swept yet gives way.
  const [{ now }] = await tx.$queryRaw<[{ now: Date }]>`SELECT now()::timestamptz(3) AS now`;
  await tx.idempotencyKey.upsert({
    where: { tenantId_route_key: scope },
    create: { ...scope, ...content, createdAt: now },
    update: { ...content, createdAt: now },
  });
}
