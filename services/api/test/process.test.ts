/** The processes: `server.js` and `spikefit-admin`, as they are run in earnest. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decryptSecret } from '@spikefit/config';
import { unprovision } from '@spikefit/database';
import { spawnService, throwAwayDatabase, throwAwayRedis, useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { goodRequest } from './requests.ts';

const entry = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
const secretKey = randomBytes(32).toString('base64');

const admin = (ownerUrl: string, ...args: string[]) =>
  run({ SPIKEFIT_OWNER_DATABASE_URL: ownerUrl, SPIKEFIT_SECRET_KEY: secretKey }, ...args);

async function run(environment: Record<string, string>, ...args: string[]) {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [entry('admin'), ...args], {
      env: { PATH: process.env.PATH ?? '', ...environment },
    });
    return { code: 0, output: stdout, error: '' };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout, error: stderr };
  }
}

/** Each starts processes, which takes its time on a busy machine. */
const patience = { timeout: 120_000 };

describe('spikefit-admin', patience, () => {
  const database = useDatabase();

  test('makes a tenant and a key', async () => {
    const made = JSON.parse((await admin(database().ownerUrl, 'create-tenant', '--name', 'My lab')).output);
    expect(made).toMatchObject({
      tenant: { name: 'My lab' },
      webhookSecret: expect.stringMatching(/^whsec_/),
    });
    const key = JSON.parse(
      (
        await admin(
          database().ownerUrl,
          'create-key',
          '--tenant',
          made.tenant.id,
          '--name',
          'ci',
          '--scopes',
          'jobs:read',
        )
      ).output,
    );
    expect(key).toMatchObject({
      apiKey: { name: 'ci', scopes: ['jobs:read'] },
      secret: expect.stringMatching(/^sk_/),
    });
    const { data } = JSON.parse((await admin(database().ownerUrl, 'list-tenants')).output);
    expect(data).toEqual([made.tenant]);
    expect(JSON.parse((await admin(database().ownerUrl, 'migrate')).output)).toEqual({ applied: [] });
  });

  test('prepares a server from nothing, and changes nothing when it is run again', async () => {
    const roleSuffix = `_${randomBytes(6).toString('hex')}`;
    const name = `spikefit_prepared${roleSuffix}`;
    const { adminUrl } = database();
    const environment = {
      SPIKEFIT_ADMIN_DATABASE_URL: adminUrl,
      SPIKEFIT_DATABASE: name,
      SPIKEFIT_ROLE_SUFFIX: roleSuffix,
      SPIKEFIT_OWNER_PASSWORD: 'one',
      SPIKEFIT_APPLICATION_PASSWORD: 'two',
      SPIKEFIT_NOTIFIER_PASSWORD: 'three',
    };
    try {
      const first = await run(environment, 'prepare');
      expect(first.error).toBe('');
      expect(JSON.parse(first.output)).toEqual({ database: name, applied: expect.any(Array) });
      expect(JSON.parse(first.output).applied.length).toBeGreaterThan(0);
      expect(JSON.parse((await run(environment, 'prepare')).output)).toEqual({ database: name, applied: [] });
      const ownerUrl = new URL(adminUrl);
      Object.assign(ownerUrl, {
        username: `spikefit_owner${roleSuffix}`,
        password: 'one',
        pathname: `/${name}`,
      });
      expect(JSON.parse((await admin(ownerUrl.href, 'list-tenants')).output)).toEqual({ data: [] });
      const other = await run({ ...environment, SPIKEFIT_OWNER_PASSWORD: 'four' }, 'prepare');
      expect([other.code, other.output]).toEqual([1, '']);
      expect(other.error).toMatch(/config\.invalid.*not the given one/s);
      const reset = await run(
        { ...environment, SPIKEFIT_OWNER_PASSWORD: 'four' },
        'prepare',
        '--reset-passwords',
      );
      expect(reset.error).toBe('');
    } finally {
      await unprovision(adminUrl, { database: name, roleSuffix });
    }
  });

  test('gives a tenant a new webhook secret, beside the old one for a while', async () => {
    const { tenant, webhookSecret } = JSON.parse(
      (await admin(database().ownerUrl, 'create-tenant', '--name', 'Rotating')).output,
    );
    const rotated = JSON.parse(
      (await admin(database().ownerUrl, 'rotate-webhook-secret', '--tenant', tenant.id)).output,
    );
    expect(rotated).toEqual({
      tenantId: tenant.id,
      webhookSecret: expect.stringMatching(/^whsec_/),
      overlapHours: 24,
    });
    const client = new pg.Client({ connectionString: database().adminUrl });
    await client.connect();
    const { rows } = await client.query(
      `SELECT webhook_secret AS now, previous_webhook_secret AS before,
         previous_webhook_secret_until > now() + interval '23 hours' AS overlaps FROM tenants WHERE id = $1`,
      [tenant.id],
    );
    await client.end();
    const key = Buffer.from(secretKey, 'base64');
    expect(rows[0].overlaps).toBe(true);
    expect(decryptSecret(rows[0].now, key)).toBe(rotated.webhookSecret);
    expect(decryptSecret(rows[0].before, key)).toBe(webhookSecret);
  });

  test.each([
    [['rotate-webhook-secret', '--tenant', 'ten_00000000000000000000000000'], /there is no ten_0/],
    [['rotate-webhook-secret', '--tenant', 'x', '--overlap-hours', '-1'], /overlap-hours/],
    [['create-tenant'], /--name is missing/],
    [['create-key', '--tenant', 'ten_00000000000000000000000000', '--name', 'x'], /there is no ten_0/],
    [['create-key', '--tenant', 'x', '--name', 'x'], /there is no x/],
    [['explode'], /no such command/],
    [['create-tenant', '--colour', 'red'], /--colour/],
    [[], /no such command/],
  ])('%j is misuse', async (args, message) => {
    const { code, error, output } = await admin(database().ownerUrl, ...args);
    expect([code, output]).toEqual([2, '']);
    expect(error).toMatch(message);
  });

  test('--help explains itself', async () => {
    expect((await admin(database().ownerUrl, '--help')).output).toContain('create-tenant --name NAME');
  });

  test('says what is wrong with its configuration', async () => {
    const { code, error } = await admin('', 'list-tenants');
    expect(code).toBe(1);
    expect(error).toMatch(/config\.invalid.*SPIKEFIT_OWNER_DATABASE_URL/s);
  });
});

describe('server.js', patience, () => {
  test('listens, answers, refuses what is not HTTP, and stops in good order', async () => {
    await using database = await throwAwayDatabase();
    await using redis = await throwAwayRedis();
    const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-api-server-'));
    const lines: string[] = [];
    try {
      const { tenant } = JSON.parse(
        (await admin(database.ownerUrl, 'create-tenant', '--name', 'lab')).output,
      );
      const made = await admin(database.ownerUrl, 'create-key', '--tenant', tenant.id, '--name', 'first');
      const key: string = JSON.parse(made.output).secret;
      await using server = await spawnService({
        name: 'api',
        entry: entry('server'),
        env: {
          DATABASE_URL: database.applicationUrl,
          REDIS_URL: redis.url,
          SPIKEFIT_QUEUE_PREFIX: redis.prefix,
          SPIKEFIT_OBJECT_STORE: `file:${folder}`,
          SPIKEFIT_SECRET_KEY: secretKey,
          SPIKEFIT_PORT: '0',
        },
        onLine: (line: string) => lines.push(line),
        readyWhen: { line: /API is ready/ },
      });
      const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(lines.join('\n'))?.[1]);
      const url = `http://127.0.0.1:${port}`;
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      const answer = await fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(goodRequest),
      });
      expect(answer.status).toBe(201);
      expect(await speak(port, 'NONSENSE\r\n\r\n')).toMatch(
        /^HTTP\/1\.1 400 .*problem\+json.*"code":"request\.invalid"/s,
      );

      const stream = await fetch(`${url}/v1/jobs/${((await answer.json()) as { id: string }).id}/events`, {
        headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      });
      server.signalTree('SIGTERM');
      expect(await stream.text()).toContain('event: job.created');
      expect(await server.exited).toMatchObject({ code: 0 });
      expect(lines.join('\n')).not.toContain(key.slice(12));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Sends raw bytes and answers with what comes back. */
function speak(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.once('end', () => resolve(answer));
    socket.once('error', reject);
  });
}
