// The demo and `npm start` in small: everything starts, answers, and leaves nothing behind.
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectApplication } from '@spikefit/database';
import { until } from '@spikefit/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTenant, listTenants } from './lib/administration.mjs';
import { apiClient } from './lib/api-client.mjs';
import { deploy, newSecrets } from './lib/deployment.mjs';
import { ensureKey } from './lib/first-key.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'spikefit-deployment-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('throw-away: a key works, a job is judged, and nothing remains', { timeout: 120_000 }, async () => {
  const deployment = await deploy({ workers: 2 });
  try {
    expect(deployment.processes).toHaveLength(4);
    const administration = { ownerUrl: deployment.urls.ownerUrl, secretKey: deployment.secrets.secretKey };
    const { key } = await createTenant(administration, { name: 'test', keyName: 'first' });
    const client = apiClient({ url: deployment.url, key });
    expect(await client.get('/v1/jobs')).toMatchObject({ data: [], hasMore: false });
    await expect(client.post('/v1/jobs', { model: {} }, 'once')).rejects.toThrow(/request.invalid/);
    await expect(apiClient({ url: deployment.url, key: 'sk_wrong' }).get('/v1/jobs')).rejects.toThrow(/401/);
  } finally {
    await deployment.stop();
  }
  await expect(fetch(`${deployment.url}/healthz`)).rejects.toThrow();
  expect(readdirSync(folder)).toEqual([]);
});

test('kept: the second start finds the key of the first, and makes one where none works', {
  timeout: 120_000,
}, async () => {
  const dataDir = path.join(folder, 'data');
  const secrets = newSecrets();
  const first = await deploy({ dataDir, secrets });
  const made = await ensureKey(accessTo(first)).finally(first.stop);
  expect(made).toMatchObject({ webhookSecret: expect.stringMatching(/^whsec_/) });
  const second = await deploy({ dataDir, secrets });
  try {
    const access = accessTo(second);
    const [tenant, ...more] = await listTenants(access.administration);
    expect([tenant?.name, more]).toEqual(['local', []]);
    const client = (/** @type {string | undefined} */ key) =>
      apiClient({ url: second.url, key: String(key) });
    expect(await client(made?.key).get('/v1/jobs')).toMatchObject({ data: [] });
    expect(await ensureKey(access)).toBeUndefined();

    const another = await ensureKey({ ...access, another: true });
    expect(await client(another?.key).get('/v1/jobs')).toMatchObject({ data: [] });
    // As after a start that died before it had made the key.
    await revokeKeys(access.applicationUrl, String(tenant?.id));
    await expect(client(made?.key).get('/v1/jobs')).rejects.toThrow(/401/);
    const mended = await ensureKey(access);
    expect(await client(mended?.key).get('/v1/jobs')).toMatchObject({ data: [] });
    expect(await listTenants(access.administration)).toHaveLength(1);
  } finally {
    await second.stop();
  }
  // Logs and data are for nobody else.
  expect(statSync(path.join(dataDir, 'logs')).mode & 0o077).toBe(0);
  expect(readdirSync(path.join(dataDir, 'logs')).sort()).toEqual(
    ['api', 'notifier', 'postgres', 'redis', 'worker'].map((name) => `${name}.log`),
  );
});

test.each([
  ['at once', () => true],
  ['while the services start', () => logsNamed('worker.log').length > 0],
])('given up %s, nothing remains', { timeout: 60_000 }, async (_, isTime) => {
  const reason = new Error('stopped by the user');
  const abort = new AbortController();
  const deploying = deploy({ signal: abort.signal }).catch((error) => error);
  await until(isTime);
  abort.abort(reason);
  expect(await deploying).toBe(reason);
  expect(readdirSync(folder)).toEqual([]);
});

/** @param {string} name of a log */
function logsNamed(name) {
  return readdirSync(folder)
    .map((service) => path.join(folder, service, 'logs', name))
    .filter((file) => existsSync(file));
}

/** @param {import('./lib/deployment.mjs').Deployment} deployment */
function accessTo({ urls, secrets }) {
  return {
    administration: { ownerUrl: urls.ownerUrl, secretKey: secrets.secretKey },
    applicationUrl: urls.applicationUrl,
  };
}

/** @param {string} url @param {string} tenantId */
async function revokeKeys(url, tenantId) {
  const application = connectApplication({ url });
  try {
    const { data } = await application.apiKeys.list({ tenantId, limit: 100 });
    expect(data.length).toBeGreaterThan(0);
    for (const { id } of data) await application.apiKeys.revoke({ tenantId, keyId: id });
  } finally {
    await application.close();
  }
}
