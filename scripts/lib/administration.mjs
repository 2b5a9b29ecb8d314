// What an administrator does: roles, database and migrations; tenants and their keys.
import { randomBytes } from 'node:crypto';
import { encryptSecret } from '@spikefit/config';
import { scopes as allScopes } from '@spikefit/contracts';
import { connectOwner, migrate, provision } from '@spikefit/database';

/** Letters and digits, so that it needs no escaping in a URL. */
export const newPassword = () => randomBytes(24).toString('hex');

/** A signing secret of the Standard Webhooks scheme. */
export const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Creates roles and database where they are missing, and applies the migrations that are missing.
 * @param {{ adminUrl: string, database: string, passwords: import('@spikefit/database').RolePasswords,
 *   onApplied?: (migration: string) => void }} options
 * @returns {Promise<import('@spikefit/database').DatabaseUrls>}
 */
export async function prepareDatabase({ adminUrl, database, passwords, onApplied }) {
  const urls = await provision(adminUrl, { database, passwords });
  await migrate(urls.ownerUrl, onApplied ? { onApplied } : {});
  return urls;
}

/**
 * @param {{ ownerUrl: string, secretKey: Uint8Array, name: string, keyName?: string }} options
 * @returns {Promise<{ tenant: import('@spikefit/database').Tenant, key: string, webhookSecret: string }>} `key` and
 *   `webhookSecret` exist only in this answer
 */
export async function createTenant({ ownerUrl, secretKey, name, keyName = 'first key' }) {
  const webhookSecret = newWebhookSecret();
  const owner = connectOwner({ url: ownerUrl, maxConnections: 1 });
  try {
    const tenant = await owner.createTenant({
      name,
      encryptedWebhookSecret: encryptSecret(webhookSecret, secretKey),
    });
    const { secret } = await owner.createApiKey({
      tenantId: tenant.id,
      name: keyName,
      // Every scope there is: the first key makes the others.
      scopes: allScopes,
      expiresAt: null,
    });
    return { tenant, key: secret, webhookSecret };
  } finally {
    await owner.close();
  }
}

/** @param {string} ownerUrl */
export async function listTenants(ownerUrl) {
  const owner = connectOwner({ url: ownerUrl, maxConnections: 1 });
  try {
    return await owner.listTenants();
  } finally {
    await owner.close();
  }
}

/**
 * @param {{ ownerUrl: string, tenantId: string, name: string, scopes?: string[], expiresAt?: string | null }} options
 * @returns {Promise<string>} the key, which exists only in this answer
 */
export async function createKey({ ownerUrl, tenantId, name, scopes, expiresAt = null }) {
  const unknown = scopes?.filter((scope) => !allScopes.some((known) => known === scope)) ?? [];
  if (unknown.length > 0)
    throw new Error(`no such scope: ${unknown.join(', ')}; there are ${allScopes.join(', ')}`);
  const wanted = allScopes.filter((scope) => (scopes ? scopes.includes(scope) : scope !== 'keys:admin'));
  const owner = connectOwner({ url: ownerUrl, maxConnections: 1 });
  try {
    return (await owner.createApiKey({ tenantId, name, scopes: wanted, expiresAt })).secret;
  } finally {
    await owner.close();
  }
}
