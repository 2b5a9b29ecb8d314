// The key that `npm start` shows. Whether one is needed is judged by the keys there are, not by the tenants: a start that
// died between making the two leaves a tenant that nobody can use.
import { connectApplication } from '@spikefit/database';
import { createKey, createTenant, listTenants, rotateWebhookSecret } from './administration.mjs';

/**
 * Makes a key that may do everything if there is none that works, or if one more is asked for; and a tenant for it, if
 * there is none.
 * @param {{ administration: import('./administration.mjs').Administration, applicationUrl: string, another?: boolean,
 *   now?: Date }} options
 * @returns {Promise<{ key: string, webhookSecret?: string } | undefined>} undefined when there is nothing to make;
 *   `webhookSecret` where it was never shown. Both exist only in this answer.
 */
export async function ensureKey({ administration, applicationUrl, another = false, now = new Date() }) {
  const tenants = await listTenants(administration);
  const [first] = tenants;
  if (first === undefined) return createTenant(administration, { name: 'local', keyName: 'admin' });
  const keys = await keysOf(applicationUrl, tenants);
  if (!another && keys.some((key) => works(key, now))) return undefined;
  const key = await createKey(administration, { tenantId: first.id, name: 'admin' });
  // Where nobody ever had a key, nobody has seen the webhook secret either.
  return keys.length > 0
    ? { key }
    : { key, webhookSecret: await rotateWebhookSecret(administration, first.id) };
}

/** @param {string} applicationUrl @param {{ id: string }[]} tenants */
async function keysOf(applicationUrl, tenants) {
  /** @type {import('@spikefit/database').StoredApiKey[]} */
  const keys = [];
  const application = connectApplication({ url: applicationUrl, applicationName: 'spikefit-start' });
  try {
    for (const { id: tenantId } of tenants) {
      /** @type {string | null | undefined} */
      let after;
      do {
        const page = await application.apiKeys.list({ tenantId, limit: 100, ...(after ? { after } : {}) });
        keys.push(...page.data);
        after = page.nextCursor;
      } while (after);
    }
    return keys;
  } finally {
    await application.close();
  }
}

/** @param {import('@spikefit/database').StoredApiKey} key @param {Date} now */
function works({ revokedAt, expiresAt }, now) {
  return revokedAt === null && (expiresAt === null || new Date(expiresAt) > now);
}
