// The demo and `npm start` in small: everything starts, answers, and leaves nothing behind.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTenant, listTenants } from './lib/administration.mjs';
import { apiClient } from './lib/api-client.mjs';
import { deploy, newSecrets } from './lib/deployment.mjs';

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
  const deployment = await deploy();
  try {
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

test('kept: the second start finds the tenants of the first', { timeout: 120_000 }, async () => {
  const dataDir = path.join(folder, 'data');
  const secrets = newSecrets();
  const first = await deploy({ dataDir, secrets });
  const { tenantId, key } = await createTenant(
    { ownerUrl: first.urls.ownerUrl, secretKey: secrets.secretKey },
    { name: 'lab', keyName: 'admin' },
  ).finally(first.stop);
  const second = await deploy({ dataDir, secrets });
  try {
    expect(await listTenants({ ownerUrl: second.urls.ownerUrl, secretKey: secrets.secretKey })).toMatchObject(
      [{ id: tenantId, name: 'lab' }],
    );
    expect(await apiClient({ url: second.url, key }).get('/v1/jobs')).toMatchObject({ data: [] });
  } finally {
    await second.stop();
  }
  // Logs and data are for nobody else.
  expect(statSync(path.join(dataDir, 'logs')).mode & 0o077).toBe(0);
  expect(readdirSync(path.join(dataDir, 'logs')).sort()).toEqual(
    ['api', 'notifier', 'postgres', 'redis', 'worker'].map((name) => `${name}.log`),
  );
});
