import { CodedError, type Scope } from '@spikefit/contracts';
import { generateApiKey } from '../api-key.ts';
import type { Connection, Transaction } from '../connection.ts';
import type { ApiKey } from '../generated/client.ts';
import { newId } from '../ids.ts';
import { inOrderOf, newestFirst } from '../keyset.ts';
import { pageOf } from '../page.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';
import { unstorableFields } from '../storable-text.ts';
import type { ApiKeyRepository, NewApiKey } from '../surface/application.ts';
import type { StoredApiKey } from '../surface/records.ts';

export function createApiKeys(connection: Connection): ApiKeyRepository {
  return {
    create: (key) => connection.tenantTransaction(key.tenantId, (tx) => insertApiKey(tx, key)),

    list: ({ tenantId, ...page }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        const ids = await tx.$queryRaw<{ id: string }[]>`
          SELECT id FROM api_keys WHERE tenant_id = ${tenantId} ${newestFirst('api-keys', page)}`;
        const rows = inOrderOf(
          ids,
          await tx.apiKey.findMany({ where: { id: { in: ids.map(({ id }) => id) } } }),
        );
        return pageOf(
          'api-keys',
          rows,
          page.limit,
          (row) => [isoTime(row.createdAt), row.id],
          toStoredApiKey,
        );
      }),

    revoke: ({ tenantId, keyId }) =>
      connection.tenantTransaction(tenantId, async (tx, now) => {
        await tx.apiKey.updateMany({
          where: { id: keyId, tenantId, revokedAt: null },
          data: { revokedAt: now },
        });
        const row = await tx.apiKey.findFirst({ where: { id: keyId, tenantId } });
        return row && toStoredApiKey(row);
      }),
  };
}

/** @throws CodedError `request.invalid` when the name cannot be stored */
export async function insertApiKey(
  tx: Transaction,
  key: NewApiKey,
): Promise<{ apiKey: StoredApiKey; secret: string }> {
  const errors = unstorableFields({ name: key.name });
  if (errors.length > 0) throw new CodedError('request.invalid', 'the name cannot be stored', { errors });
  const { secret, hash, prefix } = generateApiKey();
  const row = await tx.apiKey.create({
    data: {
      id: newId('apiKey'),
      tenantId: key.tenantId,
      name: key.name,
      prefix,
      keyHash: hash,
      scopes: [...key.scopes],
      expiresAt: key.expiresAt === null ? null : new Date(key.expiresAt),
    },
  });
  return { apiKey: toStoredApiKey(row), secret };
}

function toStoredApiKey(row: ApiKey): StoredApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as Scope[],
    createdAt: isoTime(row.createdAt),
    expiresAt: isoTimeOrNull(row.expiresAt),
    lastUsedAt: isoTimeOrNull(row.lastUsedAt),
    revokedAt: isoTimeOrNull(row.revokedAt),
  };
}
