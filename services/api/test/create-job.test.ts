import type { Job, JobPreview, Problem } from '@spikefit/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobExamples } from '../src/schemas/examples.ts';
import { eventually } from './eventually.ts';
import { goodRequest, withValue } from './requests.ts';
import { publicUrl, TestApi } from './test-api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api[Symbol.asyncDispose]());

describe('POST /v1/jobs', () => {
  test('stores the job as sent and as resolved, with its event and its way into the queue', async () => {
    const answer = await api.call('POST /v1/jobs', { payload: goodRequest });
    expect(answer.statusCode).toBe(201);
    const job = answer.json<Job>();
    expect(job.id).toMatch(/^job_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(answer.headers.location).toBe(`${publicUrl}/v1/jobs/${job.id}`);
    expect(job).toMatchObject({
      name: 'small',
      status: 'queued',
      phase: null,
      attempt: 0,
      priority: 0,
      seed: 1,
      target: { id: 'loihi' },
      metadata: { paper: 'table 2' },
      error: null,
      urls: { events: `${publicUrl}/v1/jobs/${job.id}/events` },
    });
    expect(job.spec.requested).toEqual(goodRequest);
    expect(job.spec.resolved.quantization).toMatchObject({ technique: 'cat', levels: 4, bits: 8 });
    expect(job.statusTransitions.map(({ status }) => status)).toEqual(['queued']);

    const { timings: _, ...later } = (await api.call(`GET /v1/jobs/${job.id}`)).json<Job>();
    const { timings: _timings, ...atFirst } = job;
    expect(later).toEqual(atFirst);
    const events = (await api.call(`GET /v1/jobs/${job.id}/events`)).json();
    expect(events).toMatchObject({
      data: [{ seq: 1, type: 'job.created' }],
      hasMore: false,
      nextCursor: '1',
    });
    const outbox = await api.sql('SELECT job_id FROM outbox WHERE job_id = $1', [job.id]);
    expect(outbox).toHaveLength(1);
  });

  test.each(Object.entries(jobExamples))(
    'the example "%s" of /docs can be sent as it is',
    async (_, { value }) => {
      const answer = await api.call('POST /v1/jobs?validateOnly=true', { payload: value });
      expect(answer.statusCode).toBe(200);
    },
  );

  test('a target of which little is known may be sent', async () => {
    const answer = await api.call('POST /v1/jobs?validateOnly=true', {
      payload: jobExamples.ownTarget.value,
    });
    expect(answer.statusCode).toBe(200);
    const { fit, resolved } = answer.json<JobPreview>();
    expect(resolved.target).toMatchObject({
      id: 'my-chip',
      version: 1,
      cores: { value: null, kind: 'unknown' },
    });
    expect(fit.limits.filter(({ name }) => ['neurons', 'fanIn', 'fanOut'].includes(name))).toMatchObject([
      { verdict: 'fits', available: 50000, kind: 'limit' },
      { verdict: 'fits', available: null, kind: 'none' },
      { verdict: 'cannot-tell', available: null, kind: 'unknown' },
    ]);
  });

  test('a whole target may be sent', async () => {
    const target = (await api.call('GET /v1/targets/loihi')).json();
    const own = { ...target, id: 'my-chip', version: 7 };
    const answer = await api.call('POST /v1/jobs', { payload: withValue('/target', own) });
    expect(answer.statusCode).toBe(201);
    expect(answer.json<Job>().target).toEqual({ id: 'my-chip', version: 7 });
  });

  test('a charset beside application/json is fine', async () => {
    const answer = await api.call('POST /v1/jobs', {
      headers: { 'content-type': 'application/json; charset=utf-8' },
      payload: JSON.stringify(goodRequest),
    });
    expect(answer.statusCode).toBe(201);
  });
});

describe('POST /v1/jobs?validateOnly=true', () => {
  test('answers the resolved spec, the fit and an estimate, and writes nothing', async () => {
    const before = await api.rowCounts();
    const answer = await api.call('POST /v1/jobs?validateOnly=true', {
      headers: { 'idempotency-key': 'not kept' },
      payload: goodRequest,
    });
    expect(answer.statusCode).toBe(200);
    const { resolved, fit, estimate } = answer.json<JobPreview>();
    expect(resolved.network.layers.map(({ id }) => id)).toContain('0.conv');
    expect(fit.target.id).toBe('loihi');
    expect(fit.limits.length).toBeGreaterThan(0);
    // 900 training samples in batches of 128 are 8 steps, for 4 + 3 + 2 epochs, and 4 recoveries of a quarter epoch.
    expect(estimate.trainingSteps).toBe(8 * 9 + 4 * 2);
    // First layer once: 8 · (28·3−2)² = 53792; then twice: 8·16·(14·3−2)² and 16·49·10.
    expect(estimate.multiplyAccumulatesPerImage).toBe(8 * 82 ** 2 + 2 * (8 * 16 * 40 ** 2 + 7840));
    // 8·9 + 8·16·9 + 7840 weights, 24 biases and thresholds, 10 biases of the read-out.
    expect(estimate.denseSizeBits).toBe(32 * (72 + 1152 + 7840 + 2 * 24 + 10));
    expect(estimate.compressedSizeBits).toBeLessThan(estimate.denseSizeBits / 16);
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(await api.rowCounts()).toEqual(before);
  });

  test('estimates the size without some neurons: masks for maps, rows less for the read-out', async () => {
    const sizeOf = async (value: number) => {
      const payload = withValue('/method', {
        pruning: { unit: 'neuron', budget: { kind: 'fraction', value } },
      });
      const answer = await api.call('POST /v1/jobs?validateOnly=true', { payload });
      expect(answer.statusCode).toBe(200);
      return answer.json<JobPreview>().estimate.compressedSizeBits!;
    };
    // 7840 weights of the read-out: a window of four has none of a share p with a chance of (1 − p)⁴.
    const weights = (share: number) => 2 * Math.round(7840 * (1 - (1 - share) ** 4));
    expect((await sizeOf(0.5)) - (await sizeOf(0.8))).toBeCloseTo(weights(0.5) - weights(0.2), -1);
  });

  test('judges like the real thing', async () => {
    const payload = withValue('/dataset/id', 'mnist-2000');
    const [dry, real] = await Promise.all([
      api.call('POST /v1/jobs?validateOnly=true', { payload }),
      api.call('POST /v1/jobs', { payload }),
    ]);
    const { requestId: _a, ...dryProblem } = dry.json<Problem>();
    const { requestId: _b, ...realProblem } = real.json<Problem>();
    expect(dryProblem).toEqual(realProblem);
    expect(dryProblem.code).toBe('spec.dataset-unknown');
  });

  test.each(['maybe', '1', ''])('validateOnly=%s is no boolean', async (text) => {
    const answer = await api.call(`POST /v1/jobs?validateOnly=${text}`, { payload: goodRequest });
    expect(answer.json()).toMatchObject({
      code: 'request.invalid',
      errors: [{ pointer: 'query/validateOnly' }],
    });
  });
});

describe('Idempotency-Key', () => {
  const send = (key: string, payload: object) =>
    api.call('POST /v1/jobs', { headers: { 'idempotency-key': key }, payload });
  const jobs = async () => (await api.rowCounts()).jobs;

  test('same key, same body: the same answer, one job', async () => {
    const before = await jobs();
    const first = await send('key-1', goodRequest);
    const reordered = Object.fromEntries(Object.entries(goodRequest).reverse());
    const second = await send('key-1', reordered);
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect(second.headers.location).toBe(first.headers.location);
    expect([first.headers['idempotency-replayed'], second.headers['idempotency-replayed']]).toEqual([
      undefined,
      'true',
    ]);
    expect(await jobs()).toBe((before ?? 0) + 1);
  });

  test('the answer stays the first one, whatever became of the job', async () => {
    const first = await send('key-2', goodRequest);
    await api.call(`POST /v1/jobs/${first.json<Job>().id}/cancel`);
    expect((await send('key-2', goodRequest)).json<Job>().status).toBe('queued');
  });

  test('what was taken once is not judged again', async () => {
    let addresses = ['93.184.216.34'];
    await using moving = await TestApi.open({ resolveHost: async () => addresses });
    const again = (payload: object) =>
      moving.call('POST /v1/jobs', { headers: { 'idempotency-key': 'moving' }, payload });
    const payload = withValue('/webhook', { url: 'https://hooks.example.com/in' });
    const first = await again(payload);
    addresses = ['10.0.0.1'];
    const second = await again(payload);
    expect([second.statusCode, second.json<Job>().id]).toEqual([201, first.json<Job>().id]);
    // The key's body counts before anything that is wrong with another one.
    expect((await again({ ...payload, seed: 2 })).json<Problem>().code).toBe('idempotency.body-differs');
    const fresh = await moving.call('POST /v1/jobs', { payload });
    expect(fresh.json<Problem>().code).toBe('webhook.url-refused');
  });

  test('same key, other body: refused, nothing written', async () => {
    await send('key-3', goodRequest);
    const before = await api.rowCounts();
    const answer = await send('key-3', { ...goodRequest, seed: 2 });
    expect(answer.statusCode).toBe(422);
    expect(answer.json<Problem>().code).toBe('idempotency.body-differs');
    expect(await api.rowCounts()).toEqual(before);
  });

  test('of ten at once, one makes the job; the others get its answer or are told to wait', async () => {
    const before = (await jobs()) ?? 0;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send('key-4', goodRequest)));
    expect(await jobs()).toBe(before + 1);
    const made = answers.filter(({ statusCode }) => statusCode === 201);
    expect(new Set(made.map((answer) => answer.json<Job>().id)).size).toBe(1);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
      expect(answer.json<Problem>().code).toBe('idempotency.in-progress');
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect((await send('key-4', goodRequest)).json<Job>().id).toBe(made[0]?.json<Job>().id);
  });

  test('while the first one still runs: 409', async () => {
    const blocker = new pg.Client({ connectionString: api.urls.adminUrl });
    await blocker.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE jobs IN EXCLUSIVE MODE');
      const first = send('key-7', goodRequest);
      await eventually(waitingForLock).toBe(1);
      const second = await send('key-7', goodRequest);
      expect(second.statusCode).toBe(409);
      expect(second.json<Problem>().code).toBe('idempotency.in-progress');
      await blocker.query('COMMIT');
      expect((await first).statusCode).toBe(201);
    } finally {
      await blocker.end();
    }
  });

  const waitingForLock = async () => {
    const rows = await api.sql(
      `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.count;
  };

  test('another tenant may use the same key', async () => {
    const other = await api.addTenant('other tenant');
    const mine = await send('key-5', goodRequest);
    const theirs = await api.call('POST /v1/jobs', {
      key: other.key,
      headers: { 'idempotency-key': 'key-5' },
      payload: goodRequest,
    });
    expect(theirs.statusCode).toBe(201);
    expect(theirs.json<Job>().id).not.toBe(mine.json<Job>().id);
  });

  test('a refused request does not use the key up', async () => {
    expect((await send('key-6', withValue('/dataset/id', 'none'))).statusCode).toBe(422);
    expect((await send('key-6', goodRequest)).statusCode).toBe(201);
  });

  test.each(['', 'x'.repeat(256), 'schlüssel'])('the key %j is malformed', async (key) => {
    const before = await api.rowCounts();
    const answer = await send(key, goodRequest);
    expect(answer.json<Problem>().code).toBe('idempotency.key-invalid');
    expect(await api.rowCounts()).toEqual(before);
  });
});
