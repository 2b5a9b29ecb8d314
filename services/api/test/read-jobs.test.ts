import { createHash, randomBytes } from 'node:crypto';
import type { Artifact, Checkpoint, Job, Problem } from '@spikefit/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodRequest, withValue } from './requests.ts';
import { TestApi } from './test-api.ts';
import { claim, codebook, mask, report, saveCheckpoint, succeed } from './worker-double.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api[Symbol.asyncDispose]());

const create = async (payload: object = goodRequest) =>
  (await api.call('POST /v1/jobs', { payload })).json<Job>();

describe('GET /v1/jobs', () => {
  test('pages through all jobs once, newest first, while new ones come', async () => {
    const made: string[] = [];
    for (let count = 0; count < 7; count += 1) made.push((await create()).id);
    const seen: string[] = [];
    let after = '';
    for (let page = 0; ; page += 1) {
      const answer = (await api.call(`GET /v1/jobs?limit=3${after}`)).json();
      seen.push(...answer.data.map(({ id }: Job) => id));
      // A job that comes between two pages is newer than the cursor and moves nothing.
      if (page === 0) await create();
      expect(answer.hasMore).toBe(answer.nextCursor !== null);
      if (!answer.hasMore) break;
      after = `&after=${encodeURIComponent(answer.nextCursor)}`;
    }
    expect(seen).toEqual([...made].reverse());
  });

  test('filters by status', async () => {
    const { id } = await create();
    await api.call(`POST /v1/jobs/${id}/cancel`);
    const { data } = (await api.call('GET /v1/jobs?status=canceled')).json<{ data: Job[] }>();
    expect(data.map((job) => job.id)).toEqual([id]);
    const queued = (await api.call('GET /v1/jobs?status=queued&limit=200')).json<{ data: Job[] }>().data;
    expect(queued.map((job) => job.id)).not.toContain(id);
  });

  test('a cursor does not outlive its filter', async () => {
    await create();
    const { nextCursor } = (await api.call('GET /v1/jobs?limit=1')).json<{ nextCursor: string }>();
    const answer = await api.call(`GET /v1/jobs?limit=1&status=queued&after=${nextCursor}`);
    expect(answer.json<Problem>().code).toBe('request.cursor-invalid');
  });
});

describe('POST /v1/jobs/{id}/cancel', () => {
  test('a waiting job is canceled at once, and stays so', async () => {
    const { id } = await create();
    const canceled = (await api.call(`POST /v1/jobs/${id}/cancel`)).json<Job>();
    expect(canceled.status).toBe('canceled');
    expect(canceled.endedAt).not.toBeNull();
    const again = await api.call(`POST /v1/jobs/${id}/cancel`);
    expect(again.statusCode).toBe(200);
    expect(again.json<Job>()).toEqual(canceled);
  });

  test('a job that has ended otherwise cannot be canceled any more', async () => {
    const { id } = await create();
    await api.database.attempts.fail(await claim(api, id), { code: 'job.diverged', detail: 'epoch 1' });
    const answer = await api.call(`POST /v1/jobs/${id}/cancel`);
    expect(answer.statusCode).toBe(409);
    expect(answer.json<Problem>().code).toBe('job.not-cancelable');
  });

  test('a running job is canceling until its worker lets go', async () => {
    const { id } = await create();
    const lease = await claim(api, id);
    expect((await api.call(`POST /v1/jobs/${id}/cancel`)).json<Job>().status).toBe('canceling');
    expect((await api.call(`POST /v1/jobs/${id}/cancel`)).json<Job>().status).toBe('canceling');
    await api.database.attempts.finishCancel(lease);
    expect((await api.call(`GET /v1/jobs/${id}`)).json<Job>().status).toBe('canceled');
  });
});

describe('results', () => {
  const bytes = randomBytes(200_000);
  let jobId: string;
  let objectKey: string;
  beforeAll(async () => {
    const webhook = { url: 'https://hooks.example.com/in', events: ['job.succeeded'] };
    jobId = (await create(withValue('/webhook', webhook))).id;
    const lease = await claim(api, jobId);
    for (let epoch = 1; epoch <= 3; epoch += 1) await saveCheckpoint(api, lease, epoch);
    objectKey = (await succeed(api, lease, bytes)).objectKey;
  });

  test('the job says so', async () => {
    const job = (await api.call(`GET /v1/jobs/${jobId}`)).json<Job>();
    expect(job).toMatchObject({ status: 'succeeded', attempt: 1, queue: null, progress: { fraction: 1 } });
    expect(job.statusTransitions.map(({ status }) => status)).toEqual(['queued', 'running', 'succeeded']);
  });

  test('checkpoints are listed without, and shown with codebooks and masks', async () => {
    const first = (await api.call(`GET /v1/jobs/${jobId}/checkpoints?limit=2`)).json();
    expect(first.data.map(({ epoch }: Checkpoint) => epoch)).toEqual([1, 2]);
    expect(first.data[0]).not.toHaveProperty('codebooks');
    const rest = (
      await api.call(`GET /v1/jobs/${jobId}/checkpoints?limit=2&after=${first.nextCursor}`)
    ).json();
    expect(rest).toMatchObject({ data: [{ epoch: 3 }], hasMore: false, nextCursor: null });

    const whole = (
      await api.call(`GET /v1/jobs/${jobId}/checkpoints/${first.data[0].id}`)
    ).json<Checkpoint>();
    expect(whole.codebooks).toEqual([codebook]);
    expect(whole.masks).toEqual([mask]);
    const unknown = await api.call(`GET /v1/jobs/${jobId}/checkpoints/ckp_00000000000000000000000000`);
    expect(unknown.json<Problem>().code).toBe('resource.not-found');
  });

  test('the report comes back as it was made', async () => {
    const made = report(createHash('sha256').update(bytes).digest('hex'), bytes.length);
    expect((await api.call(`GET /v1/jobs/${jobId}/report`)).json()).toEqual(made);
  });

  test('there is none before the job has succeeded', async () => {
    const { id } = await create();
    const answer = await api.call(`GET /v1/jobs/${id}/report`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json<Problem>()).toMatchObject({ code: 'report.not-ready', detail: 'The job is queued' });
    expect((await api.call(`GET /v1/jobs/${id}/artifacts`)).json()).toEqual({ data: [] });
    await api.call(`POST /v1/jobs/${id}/cancel`);
    expect((await api.call(`GET /v1/jobs/${id}/report`)).json<Problem>()).toMatchObject({
      code: 'report.not-ready',
      detail: 'The job is canceled, so it never has a report',
    });
    expect((await api.call(`GET /v1/jobs/${id}/checkpoints`)).json().data).toEqual([]);
  });

  test('a slash at the end of a path changes nothing', async () => {
    expect((await api.call('GET /v1/jobs/')).json()).toMatchObject({ hasMore: false });
    expect((await api.call(`GET /v1/jobs/${jobId}/`)).json()).toMatchObject({ id: jobId });
    const wrong = await api.call('DELETE /v1/jobs/');
    expect(wrong.statusCode).toBe(405);
    expect(wrong.headers.allow).toContain('POST');
  });

  test('an artifact is listed and downloaded, with its digest', async () => {
    const { data } = (await api.call(`GET /v1/jobs/${jobId}/artifacts`)).json<{ data: Artifact[] }>();
    expect(data).toHaveLength(1);
    const [artifact] = data as [Artifact];
    const { pathname } = new URL(artifact.url);
    const file = await api.call(`GET ${pathname}`);
    expect(file.rawPayload.equals(bytes)).toBe(true);
    expect(file.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(bytes.length),
      etag: `"${artifact.sha256}"`,
      'repr-digest': `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`,
      'content-disposition': 'attachment; filename="network.spikefit.safetensors"',
      'x-content-type-options': 'nosniff',
    });
    const head = await api.call(`HEAD ${pathname}`);
    expect(head.statusCode).toBe(200);
    expect(head.headers['content-length']).toBe(String(bytes.length));
    expect(head.rawPayload).toHaveLength(0);
    for (const tag of [`"${artifact.sha256}"`, `"other", W/"${artifact.sha256}"`, '*']) {
      const cached = await api.call(`GET ${pathname}`, { headers: { 'if-none-match': tag } });
      expect(cached.statusCode).toBe(304);
      expect(cached.rawPayload).toHaveLength(0);
    }
  });

  test('webhook deliveries are listed', async () => {
    const { data } = (await api.call(`GET /v1/jobs/${jobId}/webhook-deliveries`)).json();
    expect(data).toMatchObject([
      { eventType: 'job.succeeded', url: 'https://hooks.example.com/in', status: 'pending', attempts: [] },
    ]);
  });

  test('an object that was lost is a problem and no half answer', async () => {
    const { data } = (await api.call(`GET /v1/jobs/${jobId}/artifacts`)).json<{ data: Artifact[] }>();
    await api.objectStore.delete(objectKey);
    const answer = await api.call(`GET ${new URL(data[0]?.url ?? '').pathname}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json<Problem>()).toMatchObject({ code: 'object.not-found', errors: [] });
    expect(answer.headers).not.toHaveProperty('repr-digest');
  });
});

describe('catalogues', () => {
  test('data sets', async () => {
    const { data } = (await api.call('GET /v1/datasets')).json();
    expect(data).toMatchObject([
      { id: 'fashion-mnist', shape: [28, 28, 1], trainSamples: 60_000, testSamples: 10_000 },
      { id: 'mnist', kind: 'images', augmentations: ['none', 'crop', 'flip', 'flip-crop'] },
      { id: 'cifar-10', shape: [32, 32, 3], trainSamples: 50_000 },
      { id: 'n-mnist', kind: 'events', shape: [34, 34, 2] },
    ]);
    expect((await api.call('GET /v1/datasets/fashion-mnist')).json()).toEqual(data[0]);
    expect((await api.call('GET /v1/datasets/__proto__')).json<Problem>().code).toBe('resource.not-found');
  });

  test('targets', async () => {
    const { data } = (await api.call('GET /v1/targets')).json();
    expect(data.map(({ id }: { id: string }) => id).sort()).toEqual([
      'generic-4-level',
      'loihi',
      'truenorth',
    ]);
    for (const target of data)
      expect((await api.call(`GET /v1/targets/${target.id}`)).json()).toEqual(target);
    expect((await api.call('GET /v1/targets/constructor')).json<Problem>().code).toBe('resource.not-found');
  });

  test('errors, without a key; every problem points at one', async () => {
    const { data } = (await api.call('GET /v1/errors', { key: null })).json();
    expect(data.length).toBeGreaterThan(40);
    const problem = (await api.call('GET /v1/nothing', { key: null })).json<Problem>();
    const documented = await api.call(`GET ${new URL(problem.type).pathname}`, { key: null });
    expect(documented.json()).toMatchObject({ code: 'route.not-found', status: 404, retryable: false });
    expect((await api.call('GET /v1/errors/toString', { key: null })).statusCode).toBe(404);
  });
});
