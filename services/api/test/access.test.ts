/** Who may see and do what: keys, scopes, tenants. */
import { type ApiKey, type Job, type Problem, scopes } from '@spikefit/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { goodRequest } from './requests.ts';
import { type Tenant, TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api[Symbol.asyncDispose]());

/** Every route with a key, with the scope that it asks for. */
const guarded = [
  ['POST /v1/jobs', 'jobs:write'],
  ['GET /v1/jobs', 'jobs:read'],
  ['GET /v1/jobs/job_1', 'jobs:read'],
  ['POST /v1/jobs/job_1/cancel', 'jobs:write'],
  ['GET /v1/jobs/job_1/events', 'jobs:read'],
  ['GET /v1/jobs/job_1/checkpoints', 'jobs:read'],
  ['GET /v1/jobs/job_1/checkpoints/ckp_1', 'jobs:read'],
  ['GET /v1/jobs/job_1/artifacts', 'jobs:read'],
  ['GET /v1/jobs/job_1/artifacts/art_1', 'jobs:read'],
  ['GET /v1/jobs/job_1/report', 'jobs:read'],
  ['GET /v1/jobs/job_1/webhook-deliveries', 'webhooks:read'],
  ['POST /v1/sweeps', 'jobs:write'],
  ['GET /v1/sweeps', 'jobs:read'],
  ['GET /v1/sweeps/swp_1', 'jobs:read'],
  ['GET /v1/sweeps/swp_1/results', 'jobs:read'],
  ['GET /v1/sweeps/swp_1/plot.svg', 'jobs:read'],
  ['POST /v1/sweeps/swp_1/cancel', 'jobs:write'],
  ['POST /v1/sweeps/swp_1/resume', 'jobs:write'],
  ['GET /v1/datasets', 'datasets:read'],
  ['GET /v1/datasets/fashion-mnist', 'datasets:read'],
  ['GET /v1/targets', 'targets:read'],
  ['GET /v1/targets/loihi', 'targets:read'],
  ['POST /v1/api-keys', 'keys:admin'],
  ['GET /v1/api-keys', 'keys:admin'],
  ['DELETE /v1/api-keys/key_1', 'keys:admin'],
] as const;

describe('keys', () => {
  test.each(guarded)('%s asks for one with %s', async (route, scope) => {
    const [method, url] = route.split(' ') as [string, string];
    const payload = method === 'POST' ? { payload: {} } : {};
    const missing = await api.call(`${method} ${url}`, { key: null, ...payload });
    expect(missing.statusCode).toBe(401);
    expect(missing.json<Problem>().code).toBe('auth.missing');
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="spikefit"');

    const others = await api.addKey(scopes.filter((other) => other !== scope));
    const forbidden = await api.call(route, { key: others, ...payload });
    expect(forbidden.statusCode).toBe(403);
    expect(forbidden.json<Problem>()).toMatchObject({
      code: 'auth.forbidden',
      detail: expect.stringContaining(scope),
    });

    const allowed = await api.call(route, { key: await api.addKey([scope]), ...payload });
    expect([401, 403]).not.toContain(allowed.statusCode);
  });

  test('the table above has every route that is not public', () => {
    const { paths } = api.app.swagger() as { paths: Record<string, Record<string, { security?: unknown }>> };
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { security }]) => security !== undefined)
        .map(([method]) => `${method.toUpperCase()} ${path.replace(/\{[^}]+\}/g, '*')}`),
    );
    const table = guarded.map(([route]) =>
      route.replace(/\/(job|ckp|art|key|swp)_1|\/fashion-mnist|\/loihi/g, '/*'),
    );
    expect(routes.sort()).toEqual([...table].sort());
  });

  test.each([
    'Basic dTpw',
    'Bearer',
    'Bearer abc',
    'Bearer sk_',
    `Bearer sk_${'x'.repeat(43)}`,
    'sk_abcdefghijklmnop',
    `Bearer sk_${'x'.repeat(4000)}`,
  ])('"%s" is not valid', async (authorization) => {
    const answer = await api.call('GET /v1/jobs', { key: null, headers: { authorization } });
    expect(answer.json<Problem>().code).toBe('auth.invalid');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="spikefit", error="invalid_token"');
  });

  test.each([
    [`Bearer sk_${'x'.repeat(43)}`, 'There is no such key: it is unknown, malformed or revoked'],
    ['Bearer sk_short', 'There is no such key: it is unknown, malformed or revoked'],
    ['Basic dTpw', 'The Authorization header is not "Bearer sk_…"'],
  ])('"%s": %s', async (authorization, detail) => {
    const answer = await api.call('GET /v1/jobs', { key: null, headers: { authorization } });
    expect(answer.json<Problem>().detail).toBe(detail);
  });

  test('one that has expired says so', async () => {
    const key = await api.addKey(['jobs:read'], '2020-01-01T00:00:00Z');
    const answer = await api.call('GET /v1/jobs', { key });
    expect(answer.statusCode).toBe(401);
    expect(answer.json<Problem>().code).toBe('auth.expired');
  });

  test('a bad key is refused before the body is looked at', async () => {
    const answer = await api.call('POST /v1/jobs', {
      key: `sk_${'y'.repeat(43)}`,
      headers: { 'content-type': 'application/json' },
      payload: '{{{',
    });
    expect(answer.json<Problem>().code).toBe('auth.invalid');
  });

  test('are made, shown once, used, listed and revoked', async () => {
    const made = await api.call('POST /v1/api-keys', { payload: { name: 'ci', scopes: ['jobs:read'] } });
    expect(made.statusCode).toBe(201);
    expect(made.headers['cache-control']).toBe('no-store');
    const { secret, ...key } = made.json<ApiKey & { secret: string }>();
    expect(secret).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    expect(secret.startsWith(key.prefix)).toBe(true);
    expect(key).toMatchObject({
      name: 'ci',
      scopes: ['jobs:read'],
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });

    expect((await api.call('GET /v1/jobs', { key: secret })).statusCode).toBe(200);
    await eventually(async () => (await listed(key.id)).lastUsedAt).not.toBeNull();
    expect((await api.call('GET /v1/api-keys')).body).not.toContain(secret);
    const stored = await api.sql('SELECT k::text AS row FROM api_keys k WHERE id = $1', [key.id]);
    expect(stored[0]?.row).not.toContain(secret.slice(12));

    const revoked = await api.call(`DELETE /v1/api-keys/${key.id}`);
    expect(revoked.json<ApiKey>().revokedAt).not.toBeNull();
    expect((await api.call(`DELETE /v1/api-keys/${key.id}`)).json()).toEqual(revoked.json());
    expect((await api.call('GET /v1/jobs', { key: secret })).json<Problem>().code).toBe('auth.invalid');
  });

  const listed = async (id: string): Promise<ApiKey> => {
    const { data } = (await api.call('GET /v1/api-keys?limit=200')).json<{ data: ApiKey[] }>();
    return data.find((key) => key.id === id) as ApiKey;
  };

  test('have every scope but keys:admin when none is asked for', async () => {
    const { scopes: given } = (
      await api.call('POST /v1/api-keys', { payload: { name: 'default' } })
    ).json<ApiKey>();
    expect([...given].sort()).toEqual(scopes.filter((scope) => scope !== 'keys:admin').sort());
  });

  test('may expire, in the future', async () => {
    const expiresAt = '2099-01-01T00:00:00+02:00';
    const made = await api.call('POST /v1/api-keys', { payload: { name: 'later', expiresAt } });
    expect(made.json<ApiKey>().expiresAt).toBe('2098-12-31T22:00:00.000Z');
  });

  test('do not outlive the key that made them', async () => {
    const latest = '2090-01-01T00:00:00.000Z';
    const key = await api.addKey(['keys:admin'], latest);
    const make = (expiresAt?: string) =>
      api.call('POST /v1/api-keys', { key, payload: { name: 'child', ...(expiresAt && { expiresAt }) } });
    expect((await make()).json<ApiKey>().expiresAt).toBe(latest);
    expect((await make('2089-01-01T00:00:00Z')).json<ApiKey>().expiresAt).toBe('2089-01-01T00:00:00.000Z');
    expect((await make('2090-01-01T00:00:01Z')).json<Problem>()).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: '/expiresAt' }],
    });
  });

  test.each([
    [{ name: 'x', expiresAt: '2020-01-01T00:00:00Z' }, 'request.invalid', '/expiresAt'],
    [{ name: 'x', expiresAt: 'tomorrow' }, 'request.invalid', '/expiresAt'],
    [{ name: 'x', expiresAt: '2099-12-31T23:59:60Z' }, 'request.invalid', '/expiresAt'],
    [{ name: 'x', scopes: [] }, 'request.invalid', '/scopes'],
    [{ name: 'x', scopes: ['all'] }, 'request.invalid', '/scopes/0'],
    [{ name: 'x', scopes: ['jobs:read', 'jobs:read'] }, 'request.invalid', '/scopes'],
    [{ scopes: ['jobs:read'] }, 'request.invalid', '/name'],
    [{ name: 'x', scope: ['jobs:read'] }, 'request.unknown-field', '/scope'],
  ])('%j is refused', async (payload, code, pointer) => {
    const before = await api.rowCounts();
    const problem = (await api.call('POST /v1/api-keys', { payload })).json<Problem>();
    expect(problem.code).toBe(code);
    expect(problem.errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(await api.rowCounts()).toEqual(before);
  });
});

describe('another tenant', () => {
  let other: Tenant;
  let job: Job;
  beforeAll(async () => {
    other = await api.addTenant('the others');
    job = (await api.call('POST /v1/jobs', { payload: goodRequest })).json<Job>();
  });

  const unknown = 'job_00000000000000000000000000';
  const withoutId = (problem: Problem) => ({ ...problem, requestId: '' });

  test.each(['', '/events', '/checkpoints', '/artifacts', '/report', '/webhook-deliveries'])(
    'gets the same answer for a foreign, an unknown and a malformed job%s',
    async (suffix) => {
      const answers = await Promise.all(
        [job.id, unknown, 'job_1', 'JOB_X', '..%2f..', 'x'.repeat(1500), '%00'].map((id) =>
          api.call(`GET /v1/jobs/${id}${suffix}`, { key: other.key }),
        ),
      );
      for (const answer of answers) {
        expect(answer.statusCode).toBe(404);
        expect(withoutId(answer.json<Problem>())).toEqual(withoutId(answers[0]?.json<Problem>() as Problem));
      }
      expect(answers[0]?.json<Problem>().code).toBe('resource.not-found');
    },
  );

  test('cannot cancel, and does not see in lists', async () => {
    const canceled = await api.call(`POST /v1/jobs/${job.id}/cancel`, { key: other.key });
    expect(canceled.json<Problem>().code).toBe('resource.not-found');
    expect((await api.call(`GET /v1/jobs/${job.id}`)).json<Job>().status).toBe('queued');
    expect((await api.call('GET /v1/jobs', { key: other.key })).json()).toEqual({
      data: [],
      hasMore: false,
      nextCursor: null,
    });
    const { data } = (await api.call('GET /v1/api-keys', { key: other.key })).json<{ data: ApiKey[] }>();
    expect(data.map(({ name }) => name)).toEqual(['first key']);
  });

  test('cannot revoke a key', async () => {
    const { data } = (await api.call('GET /v1/api-keys')).json<{ data: ApiKey[] }>();
    const answer = await api.call(`DELETE /v1/api-keys/${data[0]?.id}`, { key: other.key });
    expect(answer.json<Problem>().code).toBe('resource.not-found');
  });

  test('cannot use a cursor to look over', async () => {
    for (let count = 0; count < 2; count += 1) await api.call('POST /v1/jobs', { payload: goodRequest });
    const { nextCursor } = (await api.call('GET /v1/jobs?limit=1')).json<{ nextCursor: string }>();
    const answer = await api.call(`GET /v1/jobs?after=${nextCursor}`, { key: other.key });
    expect(answer.json<{ data: Job[] }>().data).toEqual([]);
  });
});
