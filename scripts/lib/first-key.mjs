// The key that `npm start` shows. Whether one is needed is judged by the keys there are, not by the tenants: a start that
// died between making the two leaves a tenant that nobody can use.
import { connectApplication } from '@spikefit/database';
import { createKey, createTenant, listTenants } from './administration.mjs';

/**
 * Makes a key that may do everything if there is none that works, or if one more is asked for; and a tenant for it, if
 * there is none.
 * @param {{ administration: import('./administration.mjs').Administration, applicationUrl: string, another?: boolean,
 *   now?: Date }} options
 * @returns {Promise<{ key: string, webhookSecret?: string } | undefined>} undefined when there is nothing to make;
 *   `webhookSecret` with a new tenant. Both exist only in this answer.
 */
export async function ensureKey({ administration, applicationUrl, another = false, now = new Date() }) {
  const tenants = await listTenants(administration);
  const [first] = tenants;
  if (first === undefined) return createTenant(administration, { name: 'local', keyName: 'admin' });
  if (!another && (await anyKeyWorks(applicationUrl, tenants, now))) return undefined;
  return { key: await createKey(administration, { tenantId: first.id, name: 'admin' }) };
}

/** @param {string} applicationUrl @param {{ id: string }[]} tenants @param {Date} now */
async function anyKeyWorks(applicationUrl, tenants, now) {
  const application = connectApplication({ url: applicationUrl, applicationName: 'spikefit-start' });
  try {
    for (const { id: tenantId } of tenants) {
      /** @type {string | null | undefined} */
      let after;
      do {
        const page = await application.apiKeys.list({ tenantId, limit: 100, ...(after ? { after } : {}) });
        if (page.data.some((key) => works(key, now))) return true;
        after = page.nextCursor;
      } while (after);
    }
    return false;
  } finally {
    await application.close();
  }
}

/** @param {import('@spikefit/database').StoredApiKey} key @param {Date} now */
function works({ revokedAt, expiresAt }, now) {
  return revokedAt === null && (expiresAt === null || new Date(expiresAt) > now);
}
