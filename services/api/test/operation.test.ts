/** What an operator relies on: readiness, limits, overload, clean logs. */
import { rm, writeFile } from 'node:fs/promises';
import type { Problem } from '@spikefit/contracts';
import { connectApplication } from '@spikefit/database';
import { createProducer } from '@spikefit/queue';
import { createHttpMetrics, createRegistry } from '@spikefit/telemetry';
import { TestClock, throwAwayRedisServer } from '@spikefit/testkit';
import { describe, expect, test, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { goodRequest, withValue } from './requests.ts';
import { TestApi, webhookSecretOfTenant } from './test-api.ts';

test('who opens the bare address is sent to the pages', async () => {
  await using api = await TestApi.open();
  const answer = await api.call('GET /', { key: null });
  expect([answer.statusCode, answer.headers.location]).toEqual([302, '/docs']);
  for (const path of ['/docs', '/docs/']) {
    const page = await api.call(`GET ${path}`, { key: null });
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  }
});

describe('/readyz', () => {
  test('ready when everything answers; without a key', async () => {
    await using api = await TestApi.open();
    expect((await api.call('GET /healthz', { key: null })).json()).toEqual({ status: 'ok' });
    expect((await api.call('GET /readyz', { key: null })).json()).toEqual({
      status: 'ready',
      parts: { postgres: 'ok', redis: 'ok', objectStore: 'ok' },
    });
  });

  test('names Redis when it is gone; jobs are still taken', async () => {
    await using redis = await throwAwayRedisServer();
    await using queue = createProducer({ redisUrl: redis.url, prefix: redis.prefix });
    await using api = await TestApi.open({ queue });
    expect((await api.call('GET /readyz')).statusCode).toBe(200);
    await redis.kill();
    await expectMissing(api, 'redis');
    expect((await api.call('POST /v1/jobs', { payload: goodRequest })).statusCode).toBe(201);
  });

  test('names Postgres when it is gone; routes say 503 and nothing of where it was', async () => {
    await using database = connectApplication({ url: 'postgresql://spikefit:hunter2@127.0.0.1:9/gone' });
    await using api = await TestApi.open({ database });
    await expectMissing(api, 'postgres');
    const answer = await api.call('GET /v1/jobs');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json<Problem>()).toMatchObject({ code: 'service.unavailable', errors: [] });
    expect(answer.body).not.toMatch(/127\.0\.0\.1|hunter2/);
    expect((await api.call('GET /healthz')).statusCode).toBe(200);
  });

  test('names the object store when it is gone', async () => {
    await using api = await TestApi.open();
    const folder = api.config.objectStore.url.slice('file:'.length);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file where the folder should be');
    await expectMissing(api, 'objectStore');
  });

  test('everybody may ask, but the parts are not asked as often', async () => {
    await using api = await TestApi.open({ clock: new TestClock() });
    const checks = vi.spyOn(api.objectStore, 'check');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.call('GET /readyz', { key: null })),
    );
    expect(answers.every(({ statusCode }) => statusCode === 200)).toBe(true);
    expect(checks).toHaveBeenCalledTimes(1);
  });

  /** Within a second of the look before, the answer may still be that one's. */
  async function expectMissing(api: TestApi, part: string): Promise<void> {
    await eventually(async () => {
      const answer = await api.call('GET /readyz', { key: null });
      return [answer.statusCode, answer.statusCode === 503 && answer.json<Problem>()];
    }).toEqual([503, expect.objectContaining({ code: 'service.unavailable' })]);
    const { errors } = (await api.call('GET /readyz', { key: null })).json<Problem>();
    expect(errors.map(({ pointer }) => pointer)).toEqual([part]);
  }
});

describe('rate limits', () => {
  test('each key has its own; the headers count down; past the end 429', async () => {
    await using api = await TestApi.open({
      rateLimits: { perKey: 3, refusedPerAddress: 100, windowSeconds: 60 },
    });
    for (const remaining of [2, 1, 0]) {
      const { headers, statusCode } = await api.call('GET /v1/targets');
      expect(statusCode).toBe(200);
      expect(headers['ratelimit-policy']).toBe('"default";q=3;w=60');
      expect(headers.ratelimit).toMatch(new RegExp(`^"default";r=${remaining};t=\\d+$`));
    }
    const refused = await api.call('GET /v1/jobs');
    expect(refused.statusCode).toBe(429);
    expect(refused.json<Problem>()).toMatchObject({ code: 'request.rate-limited', errors: [] });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers.ratelimit).toMatch(/^"default";r=0;t=\d+$/);
    const other = await api.addKey(['targets:read']);
    expect((await api.call('GET /v1/targets', { key: other })).statusCode).toBe(200);
    expect((await api.call('GET /healthz', { key: null })).statusCode).toBe(200);
  });

  test('guessing keys is slow', async () => {
    await using api = await TestApi.open({
      rateLimits: { perKey: 100, refusedPerAddress: 3, windowSeconds: 60 },
    });
    const guess = (digit: number) => api.call('GET /v1/jobs', { key: `sk_${String(digit).repeat(43)}` });
    for (const digit of [1, 2, 3]) expect((await guess(digit)).statusCode).toBe(401);
    const refused = await guess(4);
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    // A good key behind the same address is not held up.
    expect((await api.call('GET /v1/jobs')).statusCode).toBe(200);
  });
});

test('an overloaded process says so, and goes on answering whether it lives', async () => {
  await using api = await TestApi.open({ maxEventLoopDelayMs: 20 });
  await eventually(async () => {
    const until = performance.now() + 100;
    while (performance.now() < until);
    return (await api.call('GET /v1/jobs')).statusCode;
  }).toBe(503);
  const answer = await api.call('GET /v1/jobs');
  expect(answer.json<Problem>().code).toBe('service.overloaded');
  expect(answer.headers['retry-after']).toBe('10');
  const [line = ''] = api.log.filter((text) => text.includes('refused: service.overloaded'));
  expect(line).toContain('"level":"warn"');
  expect(line).not.toContain('stack');
  expect((await api.call('GET /healthz')).statusCode).toBe(200);
});

test('answers are timed by route pattern', async () => {
  const registry = createRegistry('api');
  await using api = await TestApi.open({ metrics: createHttpMetrics(registry) });
  await api.call('GET /v1/jobs/job_1');
  await api.call('GET /v1/nothing');
  const text = await registry.metrics();
  expect(text).toMatch(
    /spikefit_http_request_seconds_count\{.*route="\/v1\/jobs\/:jobId",status="404".*\} 1/,
  );
  expect(text).not.toContain('job_1');
});

describe('secrets', () => {
  const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

  test('are in no log line, no row and no answer', async () => {
    await using api = await TestApi.open();
    const webhook = { url: 'https://hooks.example.com/in', secret };
    const send = (payload: object) =>
      api.call('POST /v1/jobs', { headers: { 'idempotency-key': 'one' }, payload });
    const made = await send(withValue('/webhook', webhook));
    expect(made.statusCode).toBe(201);
    expect(made.json().spec.requested.webhook).toEqual({ url: webhook.url });
    const answers = [
      made,
      await send(withValue('/webhook', webhook)),
      await api.call(`GET /v1/jobs/${made.json().id}`),
      await api.call('GET /v1/jobs'),
      // Where it does not belong, in a request that is refused.
      await send(withValue('/training/optimizer', secret)),
      await send(withValue(`/${secret}`, 1)),
      await api.call('POST /v1/jobs', {
        payload: withValue('/webhook', { ...webhook, url: 'http://x.example' }),
      }),
      await api.call('GET /v1/jobs', { key: `${api.tenant.key}x` }),
    ];
    const made2 = await api.call('POST /v1/api-keys', { payload: { name: 'second' } });
    const keys = [api.tenant.key, made2.json().secret as string];

    const texts = [...api.log];
    for (const table of await api.tables()) {
      texts.push(...(await api.sql(`SELECT t::text AS row FROM "${table}" t`)).map(({ row }) => String(row)));
    }
    expect(texts.length).toBeGreaterThan(20);
    const encoded = secret.slice('whsec_'.length, -2);
    const hex = Buffer.from(encoded, 'base64').toString('hex');
    for (const text of texts) {
      expect(text).not.toContain(encoded);
      expect(text).not.toContain(hex);
      for (const key of keys) expect(text).not.toContain(key.slice(12));
      expect(text).not.toContain(webhookSecretOfTenant.slice(8, 40));
    }
    const [refusedForName] = answers.slice(5, 6);
    for (const answer of answers.filter((one) => one !== refusedForName))
      expect(answer.body).not.toContain(encoded);
  });

  test('do not count for Idempotency-Key: the body without them does', async () => {
    await using api = await TestApi.open();
    const send = (value: object) =>
      api.call('POST /v1/jobs', {
        headers: { 'idempotency-key': 'two' },
        payload: withValue('/webhook', value),
      });
    const first = await send({ url: 'https://hooks.example.com/in', secret });
    const second = await send({ url: 'https://hooks.example.com/in' });
    expect(second.json()).toEqual(first.json());
  });

  test('what breaks inside stays inside', async () => {
    await using api = await TestApi.open();
    await api.sql('ALTER TABLE jobs RENAME COLUMN metadata TO metadata_of_yesterday');
    const answer = await api.call('GET /v1/jobs');
    expect(answer.statusCode).toBe(500);
    expect(answer.json<Problem>()).toMatchObject({ code: 'internal.error', errors: [] });
    expect(answer.body).not.toMatch(/metadata|prisma|column/i);
    expect(api.log.some((line) => line.includes('"level":"error"') && line.includes('metadata'))).toBe(true);
  });
});

test('an operator may allow private receivers over http', async () => {
  await using api = await TestApi.open({
    config: { webhooks: { allowPrivateAddresses: true, allowHttp: true } },
  });
  const webhook = { url: 'http://127.0.0.1:9999/hook' };
  expect((await api.call('POST /v1/jobs', { payload: withValue('/webhook', webhook) })).statusCode).toBe(201);
});

test('a name server that fails for the moment is no reason to refuse', async () => {
  const resolveHost = async () => {
    throw Object.assign(new Error('try again'), { code: 'EAI_AGAIN' });
  };
  await using api = await TestApi.open({ resolveHost });
  const webhook = { url: 'https://hooks.example.com/in' };
  expect((await api.call('POST /v1/jobs', { payload: withValue('/webhook', webhook) })).statusCode).toBe(201);
});

test('a URL of many kilobytes is logged in short', async () => {
  await using api = await TestApi.open();
  const url = `/v1/jobs?after=${'a'.repeat(15_000)}`;
  expect((await api.call(`GET ${url}`)).statusCode).toBe(400);
  expect(api.log.some((line) => line.includes('15015 characters'))).toBe(true);
  for (const line of api.log) expect(line.length).toBeLessThan(2000);
});
