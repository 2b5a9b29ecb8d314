import type { Scope } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import { isoTimeOrNull } from '../rows.ts';
import type { AuthenticationRepository } from '../surface/application.ts';

interface KeyRow {
  keyId: string;
  tenantId: string;
  scopes: Scope[];
  expiresAt: Date | null;
  expired: boolean;
}

export function createAuthentication(connection: Connection): AuthenticationRepository {
  return {
    authenticate: async (keyHash) => {
      const rows = await connection.transaction(
        (tx) => tx.$queryRaw<KeyRow[]>`
          SELECT key_id AS "keyId", tenant_id AS "tenantId", scopes, expires_at AS "expiresAt", expired
          FROM spikefit_authenticate(${keyHash})`,
      );
      const row = rows[0];
      return row === undefined ? null : { ...row, expiresAt: isoTimeOrNull(row.expiresAt) };
    },
    touch: async ({ tenantId, keyId }) => {
      await connection.tenantTransaction(
        tenantId,
        (tx) => tx.$executeRaw`
          UPDATE api_keys SET last_used_at = now()
          WHERE id = ${keyId} AND tenant_id = ${tenantId}
            AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      );
    },
  };
}
