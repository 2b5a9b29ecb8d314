import type { JobStatus, Page } from '@spikefit/contracts';
import { useDatabase } from '@spikefit/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ApplicationDatabase, connectApplication } from '../src/index.ts';
import { claimed, createdJob, newCheckpoint, newJob, openDatabases } from './fixtures.ts';

const database = useDatabase();
let databases: Awaited<ReturnType<typeof openDatabases>>;

beforeAll(async () => {
  databases = await openDatabases(database());
});
afterAll(() => databases[Symbol.asyncDispose]());

async function everyPage<T>(read: (after?: string) => Promise<Page<T>>): Promise<T[][]> {
  const pages: T[][] = [];
  let after: string | undefined;
  do {
    const page = await read(after);
    pages.push(page.data);
    expect(page.hasMore).toBe(page.nextCursor !== null);
    after = page.nextCursor ?? undefined;
  } while (after !== undefined);
  return pages;
}

test('pages of jobs: newest first, each once, by status', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const ids: string[] = [];
  for (let index = 0; index < 7; index += 1) ids.push((await createdJob(application, newJob(tenantId))).id);
  const canceled = ids[3] ?? '';
  await application.jobs.requestCancel({ tenantId, jobId: canceled });

  const pages = await everyPage((after) => application.jobs.list({ tenantId, limit: 3, after }));
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
  expect(pages.flat().map((job) => job.id)).toEqual([...ids].reverse());
  expect(pages.flat().find((job) => job.id === canceled)).toMatchObject({ status: 'canceled', queue: null });
  expect(pages.flat().every((job) => job.queue === null)).toBe(true);
  const places = [];
  for (const jobId of ids) places.push((await application.jobs.get({ tenantId, jobId }))?.queue?.position);
  expect(places).toEqual([1, 2, 3, undefined, 4, 5, 6]);

  const statuses: JobStatus[] = ['canceled'];
  expect((await application.jobs.list({ tenantId, limit: 3, statuses })).data.map((job) => job.id)).toEqual([
    canceled,
  ]);
  const queued = await everyPage((after) =>
    application.jobs.list({ tenantId, limit: 6, after, statuses: ['queued'] }),
  );
  expect(queued.map((page) => page.length)).toEqual([6]);

  // A job that comes between two pages does not disturb them.
  const first = await application.jobs.list({ tenantId, limit: 3 });
  await createdJob(application, newJob(tenantId));
  const second = await application.jobs.list({ tenantId, limit: 3, after: first.nextCursor ?? '' });
  expect(second.data.map((job) => job.id)).toEqual([...ids].reverse().slice(3, 6));
});

test('cursors of other lists, other filters and other hands are refused', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  for (let index = 0; index < 3; index += 1) await createdJob(application, newJob(tenantId));
  const { nextCursor } = await application.jobs.list({ tenantId, limit: 1 });
  const refused = { code: 'request.cursor-invalid' };
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const after of [
    'x',
    '',
    forged({}),
    forged(['jobs']),
    forged(['jobs', 'yesterday', 'job_x']),
    forged(['jobs', '2024-01-01T00:00:00.000Z', { gt: '' }]),
    forged(['jobs', '2024-01-01T00:00:00.000Z', "x' OR 1=1"]),
  ]) {
    await expect(application.jobs.list({ tenantId, limit: 1, after }), after).rejects.toMatchObject(refused);
  }
  const after = nextCursor ?? '';
  await expect(
    application.jobs.list({ tenantId, limit: 1, after, statuses: ['queued'] }),
  ).rejects.toMatchObject(refused);
  await expect(application.apiKeys.list({ tenantId, limit: 1, after })).rejects.toMatchObject(refused);
});

test('a page deep in a long list reads no more than the first one', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const admin = new pg.Client({ connectionString: database().adminUrl });
  await admin.connect();
  const copies = 3000;
  try {
    await admin.query(`CREATE TEMP TABLE copy AS SELECT * FROM jobs WHERE id = '${jobId}'`);
    // Many at the same time, so that the id decides among them.
    await admin.query(
      `INSERT INTO jobs SELECT (jsonb_populate_record(copy, jsonb_build_object('id', 'job_copy' || n,
         'created_at', copy.created_at - make_interval(mins => n / 100),
         'queued_at', copy.queued_at - make_interval(mins => n / 100)))).*
       FROM copy, generate_series(1, ${copies}) n`,
    );
    await admin.query('ANALYZE jobs');

    const total = async () => {
      await admin.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await admin.query<{ total: number }>(
        `SELECT (seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid))::int
           AS total FROM pg_stat_user_tables t WHERE relname = 'jobs'`,
      );
      return rows[0]?.total ?? 0;
    };
    /** Index entries and rows of `jobs` that the work reads. Postgres has counted all when the connection is gone. */
    const readBy = async <T>(work: (own: ApplicationDatabase) => Promise<T>): Promise<[number, T]> => {
      const before = await total();
      const applicationName = 'reads jobs';
      const own = connectApplication({ url: database().applicationUrl, maxConnections: 1, applicationName });
      const result = await work(own);
      await own.close();
      const isGone = async () => {
        const { rowCount } = await admin.query(
          `SELECT FROM pg_stat_activity WHERE application_name = '${applicationName}'`,
        );
        return rowCount === 0;
      };
      await vi.waitFor(async () => expect(await isGone()).toBe(true), { timeout: 5000 });
      return [(await total()) - before, result];
    };
    for (const statuses of [undefined, ['queued'] as const]) {
      const [, after] = await readBy(async (own) => {
        let cursor: string | null = null;
        for (let page = 1; page < 15; page += 1) {
          const position = cursor === null ? {} : { after: cursor };
          ({ nextCursor: cursor } = await own.jobs.list({ tenantId, limit: 200, statuses, ...position }));
        }
        return cursor ?? '';
      });
      // Counts may be too high by what others read in the meantime (vacuum does), never too low.
      const counts: number[] = [];
      for (let time = 0; time < 3; time += 1) {
        const [entries, { data }] = await readBy((own) =>
          own.jobs.list({ tenantId, limit: 10, statuses, after }),
        );
        expect(data).toHaveLength(10);
        counts.push(entries);
      }
      // A plan may sort the hundred jobs of a minute by id, at both ends; 2800 jobs lie in front of the page.
      expect(Math.min(...counts)).toBeLessThan(500);
    }
    // The newest job waits behind nearly all copies (some have its time), the oldest copy behind none.
    const [, last] = await readBy((own) => own.jobs.get({ tenantId, jobId }));
    expect(last?.queue?.position).toBeGreaterThan(copies - 100);
    const [entries, first] = await readBy((own) => own.jobs.get({ tenantId, jobId: `job_copy${copies}` }));
    expect(first?.queue?.position).toBe(1);
    expect(entries).toBeLessThan(20);
  } finally {
    await admin.query(`DELETE FROM jobs WHERE id LIKE 'job_copy%'`);
    await admin.end();
  }
}, 60_000);

test('pages of events and checkpoints: in order, each once', async () => {
  const { application, newTenant } = databases;
  const tenantId = await newTenant();
  const { id: jobId } = await createdJob(application, newJob(tenantId));
  const { lease } = await claimed(application, { tenantId, jobId });
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    await application.attempts.saveCheckpoint(lease, newCheckpoint({ epoch }));
  }
  const pages = await everyPage(async (after) => {
    const page = await application.checkpoints.list({ tenantId, jobId, limit: 2, after });
    if (page === null) throw new Error('there is such a job');
    return page;
  });
  expect(pages.map((page) => page.map((checkpoint) => [checkpoint.seq, checkpoint.epoch]))).toEqual([
    [
      [1, 1],
      [2, 2],
    ],
    [
      [3, 3],
      [4, 4],
    ],
    [[5, 5]],
  ]);
  for (const { id: checkpointId, ...summary } of pages.flat()) {
    expect(Object.keys(summary)).not.toContain('codebooks');
    const { codebooks, masks } = newCheckpoint();
    expect(await application.checkpoints.get({ tenantId, jobId, checkpointId })).toEqual({
      ...summary,
      id: checkpointId,
      codebooks,
      masks,
    });
  }
  const page = await application.events.page({ tenantId, jobId, afterSeq: 3, limit: 2 });
  expect(page).toMatchObject({ hasMore: true, jobStatus: 'running', events: [{ seq: 4 }, { seq: 5 }] });
  expect(await application.events.page({ tenantId, jobId, afterSeq: 7, limit: 2 })).toMatchObject({
    hasMore: false,
    events: [],
  });
});
