// What an administrator does: roles, database and migrations; tenants and their keys.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { migrate, provision } from '@spikefit/database';
import { inRoot } from './paths.mjs';
import { environmentFor } from './service-environment.mjs';

const execute = promisify(execFile);

/**
 * As `spikefit-admin prepare`, whose answer has no URLs.
 * @param {{ adminUrl: string, database: string, passwords: import('@spikefit/database').RolePasswords,
 *   roleSuffix?: string, onApplied?: (migration: string) => void }} options `roleSuffix` sets the roles of a throw-away
 *   database apart from others on the server
 * @returns {Promise<import('@spikefit/database').DatabaseUrls>}
 */
export async function prepareDatabase({ adminUrl, database, passwords, roleSuffix = '', onApplied }) {
  const urls = await provision(adminUrl, { database, passwords, roleSuffix });
  await migrate(urls.ownerUrl, onApplied ? { onApplied } : {});
  return urls;
}

/** @typedef {{ ownerUrl: string, secretKey: string }} Administration `secretKey` is 32 bytes in base64 */

/**
 * @param {Administration} administration @param {{ name: string, keyName: string }} names
 * @returns {Promise<{ tenantId: string, key: string, webhookSecret: string }>} `key` may do everything; it and
 *   `webhookSecret` exist only in this answer
 */
export async function createTenant(administration, { name, keyName }) {
  const { tenant, webhookSecret } = await admin(administration, 'create-tenant', '--name', name);
  const key = await createKey(administration, { tenantId: tenant.id, name: keyName });
  return { tenantId: tenant.id, key, webhookSecret };
}

/**
 * @param {Administration} administration @param {{ tenantId: string, name: string }} key
 * @returns {Promise<string>} a key that may do everything; it exists only in this answer
 */
export async function createKey(administration, { tenantId, name }) {
  return (await admin(administration, 'create-key', '--tenant', tenantId, '--name', name)).secret;
}

/**
 * The old secret goes on signing for a day.
 * @param {Administration} administration @param {string} tenantId
 * @returns {Promise<string>} the new webhook secret; it exists only in this answer
 */
export async function rotateWebhookSecret(administration, tenantId) {
  return (await admin(administration, 'rotate-webhook-secret', '--tenant', tenantId)).webhookSecret;
}

/** @param {Administration} administration @returns {Promise<{ id: string, name: string }[]>} */
export async function listTenants(administration) {
  return (await admin(administration, 'list-tenants')).data;
}

/**
 * `spikefit-admin`, as an operator calls it.
 * @param {Administration} administration @param {...string} args
 */
async function admin({ ownerUrl, secretKey }, ...args) {
  const { stdout } = await execute(
    process.execPath,
    [inRoot('services', 'api', 'dist', 'admin.js'), ...args],
    {
      env: {
        ...environmentFor('admin'),
        SPIKEFIT_OWNER_DATABASE_URL: ownerUrl,
        SPIKEFIT_SECRET_KEY: secretKey,
      },
    },
  );
  return JSON.parse(stdout);
}
