/** The processes: `server.js` and `spikefit-admin`, as they are run in earnest. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spawnService, throwAwayDatabase, throwAwayRedis, useDatabase } from '@spikefit/testkit';
import { describe, expect, test } from 'vitest';
import { goodRequest } from './requests.ts';

const entry = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
const secretKey = randomBytes(32).toString('base64');

async function admin(ownerUrl: string, ...args: string[]) {
  const environment = {
    PATH: process.env.PATH ?? '',
    SPIKEFIT_OWNER_DATABASE_URL: ownerUrl,
    SPIKEFIT_SECRET_KEY: secretKey,
  };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [entry('admin'), ...args], {
      env: environment,
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

  test.each([
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
