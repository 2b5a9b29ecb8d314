import type {
  Job,
  Page,
  Problem,
  Sweep,
  SweepPreview,
  SweepResults,
  SweepSummary,
} from '@spikefit/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepExamples } from '../src/schemas/sweep-examples.ts';
import { goodRequest } from './requests.ts';
import { publicUrl, TestApi } from './test-api.ts';
import { claim, succeed } from './worker-double.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
});
afterAll(() => api[Symbol.asyncDispose]());

const { name: _name, metadata: _metadata, ...spec } = goodRequest;
const base = { ...spec, method: { pruning: { budget: { kind: 'fraction', value: 0.25 } } } };
const sweepRequest = {
  name: 'table 2',
  base,
  grid: { 'method.quantization.levels': [2, 4], '/method/pruning/budget/value': [0.5] },
  seeds: [1, 2],
  priority: 7,
  metadata: { paper: 'table 2' },
};

const create = (payload: object, headers: Record<string, string> = {}) =>
  api.call('POST /v1/sweeps', { payload, headers });
const created = async (payload: object = sweepRequest): Promise<SweepSummary> => {
  const answer = await create(payload);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json<SweepSummary>();
};
const show = async (sweepId: string): Promise<Sweep> => (await api.call(`GET /v1/sweeps/${sweepId}`)).json();
const results = async (sweepId: string): Promise<SweepResults> =>
  (await api.call(`GET /v1/sweeps/${sweepId}/results`)).json();
const jobsOf = async (sweepId: string): Promise<string[]> =>
  (await show(sweepId)).jobs.map(({ jobId }) => jobId);
const finish = async (jobId: string) => succeed(api, await claim(api, jobId), Buffer.from(jobId));

describe('POST /v1/sweeps', () => {
  test('puts the ANN twin beside every cell by one field', async () => {
    const grid = { 'model.activation': ['spikes', 'quantized-relu'] };
    const ids = await jobsOf((await created({ ...sweepRequest, grid, seeds: [1] })).id);
    const networks = await Promise.all(
      ids.map(async (id) => (await api.call(`GET /v1/jobs/${id}`)).json<Job>().spec.resolved.network),
    );
    const [spiking, twin] = networks;
    expect(twin?.architecture).toBe(spiking?.architecture);
    expect(spiking?.layers.find(({ kind }) => kind === 'neuron')).not.toHaveProperty('levels');
    expect(twin?.layers.find(({ kind }) => kind === 'neuron')).toMatchObject({
      neuron: 'relu',
      levels: spiking!.timeSteps + 1,
    });
  });

  test('makes a job per cell, each with its event and its way into the queue', async () => {
    const answer = await create(sweepRequest);
    expect(answer.statusCode, answer.body).toBe(201);
    const sweep = answer.json<SweepSummary>();
    expect(sweep.id).toMatch(/^swp_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(answer.headers.location).toBe(`${publicUrl}/v1/sweeps/${sweep.id}`);
    expect(sweep).toMatchObject({
      name: 'table 2',
      status: 'queued',
      cells: 4,
      counts: { queued: 4, running: 0, succeeded: 0 },
      progress: { fraction: 0 },
      priority: 7,
      metadata: { paper: 'table 2' },
      endedAt: null,
    });

    const shown = await show(sweep.id);
    expect(shown.axes).toEqual([
      { name: 'method.quantization.levels', pointer: '/method/quantization/levels', values: [2, 4] },
      { name: '/method/pruning/budget/value', pointer: '/method/pruning/budget/value', values: [0.5] },
      { name: 'seed', pointer: '/seed', values: [1, 2] },
    ]);
    expect(shown.jobs.map(({ cell, values }) => [cell, ...Object.values(values)])).toEqual([
      [0, 2, 0.5, 1],
      [1, 2, 0.5, 2],
      [2, 4, 0.5, 1],
      [3, 4, 0.5, 2],
    ]);
    const job = (await api.call(`GET /v1/jobs/${shown.jobs[3]?.jobId}`)).json<Job>();
    expect(job).toMatchObject({
      name: 'table 2 · 3',
      status: 'queued',
      priority: 7,
      seed: 2,
      sweep: { id: sweep.id, cell: 3 },
      metadata: { paper: 'table 2' },
      spec: { resolved: { quantization: { levels: 4 }, pruning: { budget: { value: 0.5 } }, seed: 2 } },
    });
    const events = (await api.call(`GET /v1/jobs/${job.id}/events`)).json();
    expect(events).toMatchObject({ data: [{ seq: 1, type: 'job.created' }] });
    const outbox = await api.sql(
      'SELECT o.priority FROM outbox o JOIN jobs j ON j.id = o.job_id WHERE j.sweep_id = $1',
      [sweep.id],
    );
    expect(outbox).toEqual([{ priority: 7 }, { priority: 7 }, { priority: 7 }, { priority: 7 }]);
  });

  test('a job of it can be sent again alone, as its request is shown', async () => {
    const [jobId] = await jobsOf((await created()).id);
    const job = (await api.call(`GET /v1/jobs/${jobId}`)).json<Job>();
    const again = await api.call('POST /v1/jobs', { payload: job.spec.requested });
    expect(again.statusCode, again.body).toBe(201);
    expect(again.json<Job>().spec.resolved).toEqual(job.spec.resolved);
    expect(again.json<Job>().sweep).toBeNull();
  });

  test('its webhook hears of every job', async () => {
    const sweep = await created({
      ...sweepRequest,
      webhook: { url: 'https://example.org/hook', events: ['job.created', 'job.succeeded'] },
    });
    const [first = ''] = await jobsOf(sweep.id);
    await finish(first);
    const deliveries = await api.call(`GET /v1/jobs/${first}/webhook-deliveries`);
    expect(
      deliveries
        .json<Page<{ eventType: string }>>()
        .data.map(({ eventType }) => eventType)
        .sort(),
    ).toEqual(['job.created', 'job.succeeded']);
    const all = await api.sql(
      'SELECT FROM webhook_deliveries d JOIN jobs j ON j.id = d.job_id WHERE j.sweep_id = $1',
      [sweep.id],
    );
    expect(all).toHaveLength(5);
  });

  test('a webhook that names no events hears how each job ended, and once that all have', async () => {
    const sweep = await created({ ...sweepRequest, webhook: { url: 'https://example.org/hook' } });
    for (const jobId of await jobsOf(sweep.id)) await finish(jobId);
    const types = await api.sql(
      `SELECT e.type FROM webhook_deliveries d JOIN job_events e ON e.id = d.event_id
       JOIN jobs j ON j.id = d.job_id WHERE j.sweep_id = $1 ORDER BY e.type`,
      [sweep.id],
    );
    expect(types.map(({ type }) => type)).toEqual([...Array(4).fill('job.succeeded'), 'sweep.completed']);
  });

  test('its jobs can be listed alone', async () => {
    const [sweep, other] = [await created(), await created()];
    const list = async (query: string) => {
      const answer = await api.call(`GET /v1/jobs?${query}`);
      expect(answer.statusCode, answer.body).toBe(200);
      return answer.json<Page<Job>>();
    };
    const first = await list(`sweep=${sweep.id}&limit=3`);
    const second = await list(`sweep=${sweep.id}&limit=3&after=${first.nextCursor}`);
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(ids.sort()).toEqual((await jobsOf(sweep.id)).sort());
    expect((await list(`sweep=${sweep.id}&status=running`)).data).toEqual([]);
    expect((await list(`sweep=${other.id}`)).data).toHaveLength(4);
    expect((await list('sweep=swp_00000000000000000000000000')).data).toEqual([]);
    const foreign = await api.call(`GET /v1/jobs?sweep=${other.id}&after=${first.nextCursor}`);
    expect(foreign.json<Problem>().code).toBe('request.cursor-invalid');
    expect((await api.call('GET /v1/jobs?sweep=no-id')).json<Problem>().code).toBe('request.invalid');
  });

  test('the same key gets the same sweep, another body a refusal', async () => {
    const headers = { 'idempotency-key': 'sweep once' };
    const first = await create(sweepRequest, headers);
    const before = await api.rowCounts();
    const second = await create(sweepRequest, headers);
    expect(second.statusCode).toBe(201);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(second.json<SweepSummary>().id).toBe(first.json<SweepSummary>().id);
    const other = await create({ ...sweepRequest, seeds: [3] }, headers);
    expect(other.json<Problem>().code).toBe('idempotency.body-differs');
    expect(await api.rowCounts()).toEqual(before);
  });

  test.each(Object.entries(sweepExamples))(
    'the example "%s" of /docs can be sent as it is',
    async (_, { value }) => {
      const before = await api.rowCounts();
      const answer = await api.call('POST /v1/sweeps?validateOnly=true', { payload: value });
      expect(answer.statusCode, answer.body).toBe(200);
      const preview = answer.json<SweepPreview>();
      expect(preview.cells).toBe('seeds' in value ? 18 : 3);
      expect(preview.estimate.seconds).toBeGreaterThan(0);
      expect(await api.rowCounts()).toEqual(before);
    },
  );

  test('the largest sweep that is allowed', { timeout: 90_000 }, async () => {
    const seeds = Array.from({ length: 1000 }, (_, index) => index);
    const sweep = await created({ base, seeds });
    expect(sweep).toMatchObject({ cells: 1000, counts: { queued: 1000 } });
    expect((await show(sweep.id)).jobs.map(({ values }) => values.seed)).toEqual(seeds);
    const canceled = await api.call(`POST /v1/sweeps/${sweep.id}/cancel`);
    expect(canceled.json<SweepSummary>()).toMatchObject({ status: 'canceled', counts: { canceled: 1000 } });
  });
});

describe('a sweep that is refused creates nothing', () => {
  async function refused(payload: object): Promise<Problem> {
    const before = await api.rowCounts();
    const answer = await create(payload);
    expect(await api.rowCounts()).toEqual(before);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const dry = await api.call('POST /v1/sweeps?validateOnly=true', { payload });
    expect(dry.json<Problem>()).toEqual({ ...answer.json<Problem>(), requestId: expect.any(String) });
    return answer.json<Problem>();
  }

  test('a grid over an unknown field', async () => {
    const problem = await refused({ ...sweepRequest, grid: { 'method.quantization.level': [2, 4] } });
    expect(problem).toMatchObject({ status: 400, code: 'request.unknown-field' });
    expect(problem.errors[0]?.pointer).toBe('/grid/method.quantization.level');
  });

  test('10⁶ cells, at once', async () => {
    const thousand = Array.from({ length: 1000 }, (_, index) => index + 1);
    const started = performance.now();
    const problem = await refused({ base, grid: { 'training.batchSize': thousand }, seeds: thousand });
    expect(performance.now() - started).toBeLessThan(2000);
    expect(problem).toMatchObject({ status: 422, code: 'sweep.too-large' });
    expect(problem.detail).toContain('1000000 cells');
  });

  test('invalid cells: every problem, with its cells and where it comes from', async () => {
    const problem = await refused({
      base: { ...base, dataset: { id: 'mnist-2000' }, limits: { maxRuntimeSeconds: 'long' } },
      grid: { 'method.quantization.levels': [2, 500, 8], 'method.quantization.bits': [2, 4] },
    });
    expect(problem).toMatchObject({ status: 422, code: 'sweep.cells-invalid' });
    expect(problem.errors.map(({ pointer, cells }) => [pointer, cells])).toEqual([
      ['/base/limits/maxRuntimeSeconds', [0, 1, 2, 3, 4, 5]],
      ['/grid/method.quantization.levels/1', [2, 3]],
    ]);

    const deeper = await refused({
      base: { ...base, dataset: { id: 'mnist-2000' } },
      grid: { 'method.quantization.levels': [2, 8], 'method.quantization.bits': [2, 4] },
    });
    expect(deeper.detail).toContain('4 of 4 cells');
    expect(deeper.errors.map(({ pointer, cells }) => [pointer, cells])).toEqual([
      ['/base/dataset/id', [0, 1, 2, 3]],
      ['/grid/method.quantization.levels/1', [2]],
    ]);
  });

  test('one bad cell among good ones', async () => {
    const problem = await refused({ ...sweepRequest, grid: { 'target.id': ['loihi', 'akida-9'] } });
    expect(problem.errors).toMatchObject([{ pointer: '/grid/target.id/1', cells: [2, 3] }]);
  });

  test('a base that lacks what the grid does not set, or holds what belongs to the sweep', async () => {
    const { model: _, ...withoutModel } = base;
    expect(await refused({ base: { ...withoutModel, priority: 3 } })).toMatchObject({
      code: 'sweep.cells-invalid',
      errors: [
        { pointer: '/base/priority', cells: [0] },
        { pointer: '/base/model', cells: [0] },
      ],
    });
  });

  test.each<[string, object, string]>([
    ['a contradictory grid', { ...sweepRequest, grid: { seed: [1] } }, 'sweep.grid-invalid'],
    ['no values', { ...sweepRequest, grid: { seed: [] } }, 'request.invalid'],
    ['a webhook inside', { ...sweepRequest, webhook: { url: 'http://10.0.0.1' } }, 'webhook.url-refused'],
    ['text that cannot be stored', { ...sweepRequest, name: 'a\u0000b' }, 'request.invalid'],
    ['seeds twice', { ...sweepRequest, seeds: [1, 1] }, 'request.invalid'],
    ['a prototype', { base, grid: { 'constructor.prototype': [1] } }, 'request.unknown-field'],
  ])('%s', async (_, payload, code) => {
    const before = await api.rowCounts();
    expect((await create(payload)).json<Problem>().code).toBe(code);
    expect(await api.rowCounts()).toEqual(before);
  });
});

describe('the results of a sweep', () => {
  test('rows, groups over seeds and fronts, as JSON and CSV', async () => {
    const sweep = await created();
    const [first = '', second = '', third = '', fourth = ''] = await jobsOf(sweep.id);
    for (const jobId of [first, second, third]) await finish(jobId);
    const halfway = await results(sweep.id);
    expect(halfway.status).toBe('running');
    expect(halfway.rows.map(({ status }) => status)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'queued',
    ]);
    expect(halfway.groups.map(({ jobs, n, seeds }) => [jobs, n, seeds])).toEqual([
      [2, 2, [1, 2]],
      [2, 1, [1]],
    ]);
    // The worker's double reports the same figures each time.
    expect(halfway.groups[0]).toMatchObject({
      values: { 'method.quantization.levels': 2, '/method/pruning/budget/value': 0.5 },
      accuracy: { mean: 0.9, sd: 0 },
      sizeBits: { mean: 3200, sd: 0 },
      neurons: { mean: 9408, sd: 0 },
      synapses: { mean: 90, sd: 0 },
      spikeRate: { mean: 0.12, sd: 0 },
      synapticOperations: { mean: 13023.5, sd: 0 },
    });
    expect(halfway.rows[0]?.figures?.fit).toBe('cannot-tell');
    expect(halfway.groups[1]?.accuracy).toEqual({ mean: 0.9, sd: null });
    expect(halfway.pareto).toContainEqual({ against: 'sizeBits', groups: [0, 1] });

    const lease = await claim(api, fourth);
    await api.database.attempts.fail(lease, { code: 'job.diverged', detail: 'the loss is NaN' });
    expect(await show(sweep.id)).toMatchObject({
      status: 'failed',
      progress: { fraction: 1 },
      counts: { succeeded: 3, failed: 1 },
      endedAt: expect.any(String),
    });

    const csv = await api.call(`GET /v1/sweeps/${sweep.id}/results`, { headers: { accept: 'text/csv' } });
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const lines = csv.body.trimEnd().split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toContain(`0,0,${first},succeeded,1,2,0.5,,0.9,0.9,3200,3200,9408,90,0.12,13023.5`);
    expect(lines[4]).toContain(`3,1,${fourth},failed,2,4,0.5,job.diverged,`);
    const groups = await api.call(`GET /v1/sweeps/${sweep.id}/results?format=csv&table=groups`);
    expect(groups.body.split('\r\n')[2]).toMatch(/^1,4,0\.5,2,1,0\.9,,0\.9,,3200,,/);
    const neither = await api.call(`GET /v1/sweeps/${sweep.id}/results`, {
      headers: { accept: 'image/png' },
    });
    expect(neither.json<Problem>().code).toBe('request.not-acceptable');
  });

  test('no plot before it is drawn', async () => {
    const sweep = await created();
    const answer = await api.call(`GET /v1/sweeps/${sweep.id}/plot.svg`);
    expect(answer.json<Problem>().code).toBe('sweep.plot-not-ready');
  });
});

describe('cancel and resume', () => {
  test('cancel stops what has not ended; resume gives each such cell, and each failed one, a new job', async () => {
    const sweep = await created();
    const [done = '', failed = '', running = ''] = await jobsOf(sweep.id);
    await finish(done);
    await api.database.attempts.fail(await claim(api, failed), { code: 'job.diverged', detail: 'NaN' });
    const lease = await claim(api, running);

    const canceling = await api.call(`POST /v1/sweeps/${sweep.id}/cancel`);
    expect(canceling.json<SweepSummary>()).toMatchObject({
      status: 'canceling',
      counts: { succeeded: 1, failed: 1, canceling: 1, canceled: 1 },
    });
    const early = await api.call(`POST /v1/sweeps/${sweep.id}/resume`);
    expect(early.json<Problem>().code).toBe('sweep.not-resumable');
    await api.database.attempts.finishCancel(lease);
    expect(await show(sweep.id)).toMatchObject({ status: 'failed', counts: { canceled: 2 } });

    const resumed = await api.call(`POST /v1/sweeps/${sweep.id}/resume`);
    expect(resumed.json<SweepSummary>()).toMatchObject({
      status: 'running',
      resumes: 1,
      endedAt: null,
      counts: { succeeded: 1, queued: 3, failed: 0, canceled: 0 },
    });
    const { jobs } = await show(sweep.id);
    expect(jobs.map(({ run }) => run)).toEqual([1, 2, 2, 2]);
    expect(jobs[0]?.jobId).toBe(done);
    expect((await api.call(`GET /v1/jobs/${failed}`)).json<Job>().status).toBe('failed');
    const old = (await api.call(`GET /v1/jobs/${running}`)).json<Job>();
    const anew = (await api.call(`GET /v1/jobs/${jobs[2]?.jobId}`)).json<Job>();
    expect(anew.spec).toEqual(old.spec);
    expect(anew).toMatchObject({ name: old.name, priority: 7, metadata: old.metadata, status: 'queued' });

    const again = await api.call(`POST /v1/sweeps/${sweep.id}/resume`);
    expect(again.json<SweepSummary>()).toMatchObject({ resumes: 1, counts: { queued: 3 } });
    for (const { jobId } of jobs.slice(1)) await finish(jobId);
    expect(await show(sweep.id)).toMatchObject({ status: 'succeeded', progress: { fraction: 1 } });
    const repeated = await api.call(`POST /v1/sweeps/${sweep.id}/cancel`);
    expect(repeated.json<SweepSummary>().status).toBe('succeeded');
  });

  test('two resumes at once make one new job per cell', async () => {
    const sweep = await created();
    await api.call(`POST /v1/sweeps/${sweep.id}/cancel`);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => api.call(`POST /v1/sweeps/${sweep.id}/resume`)),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    const rows = await api.sql('SELECT cell, cell_run FROM jobs WHERE sweep_id = $1', [sweep.id]);
    expect(rows).toHaveLength(8);
  });
});

describe('GET /v1/sweeps', () => {
  test('pages, newest first, and other tenants see nothing', async () => {
    const other = await api.addTenant('other');
    const mine = await created({ base, name: 'the newest' });
    const first = (await api.call('GET /v1/sweeps?limit=1')).json<Page<SweepSummary>>();
    expect(first.data[0]).toEqual(mine);
    const next = await api.call(`GET /v1/sweeps?limit=1&after=${first.nextCursor}`);
    expect(next.json<Page<SweepSummary>>().data[0]?.id).not.toBe(mine.id);

    const empty = (await api.call('GET /v1/sweeps', { key: other.key })).json<Page<SweepSummary>>();
    expect(empty.data).toEqual([]);
    for (const route of [
      `GET /v1/sweeps/${mine.id}`,
      `GET /v1/sweeps/${mine.id}/results`,
      `GET /v1/sweeps/${mine.id}/plot.svg`,
      `POST /v1/sweeps/${mine.id}/cancel`,
      `POST /v1/sweeps/${mine.id}/resume`,
      'GET /v1/sweeps/swp_1',
    ]) {
      expect((await api.call(route, { key: other.key })).statusCode, route).toBe(404);
    }
    const reader = await api.addKey(['jobs:read']);
    expect((await api.call('POST /v1/sweeps', { key: reader, payload: sweepRequest })).statusCode).toBe(403);
    expect(await show(mine.id)).toMatchObject({ status: 'queued' });
  });
});
