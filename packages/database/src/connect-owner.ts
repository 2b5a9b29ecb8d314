import { insertApiKey } from './application/api-keys.ts';
import { openConnection } from './connection.ts';
import type { Tenant as TenantRow } from './generated/client.ts';
import { newId } from './ids.ts';
import { isoTime, toBytes } from './rows.ts';
import type { ConnectOptions } from './surface/connections.ts';
import type { OwnerDatabase, Tenant } from './surface/owner.ts';

/** For the administrator's commands. Connects at the first use. */
export function connectOwner(options: ConnectOptions): OwnerDatabase {
  const connection = openConnection({ maxConnections: 2, ...options });
  return {
    createTenant: ({ name, encryptedWebhookSecret }) =>
      connection.transaction(async (tx) =>
        toTenant(
          await tx.tenant.create({
            data: { id: newId('tenant'), name, webhookSecret: toBytes(encryptedWebhookSecret) },
          }),
        ),
      ),
    listTenants: () =>
      connection.transaction(async (tx) =>
        (await tx.tenant.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(toTenant),
      ),
    rotateWebhookSecret: ({ tenantId, encryptedWebhookSecret, overlapSeconds }) =>
      connection.transaction(async (tx) => {
        const changed = await tx.$executeRaw`
          UPDATE tenants SET
            previous_webhook_secret = webhook_secret,
            previous_webhook_secret_until = now() + make_interval(secs => ${overlapSeconds}::double precision),
            webhook_secret = ${toBytes(encryptedWebhookSecret)}
          WHERE id = ${tenantId}`;
        return changed > 0;
      }),
    createApiKey: (key) => connection.transaction((tx) => insertApiKey(tx, key)),
    close: connection.close,
    [Symbol.asyncDispose]: connection.close,
  };
}

function toTenant({ id, name, createdAt }: TenantRow): Tenant {
  return { id, name, createdAt: isoTime(createdAt) };
}
