import type { JobStatus, Page } from '@spikefit/contracts';
import { useDatabase } from '@spikefit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  expect(
    pages
      .flat()
      .filter((job) => job.queue !== null)
      .map((job) => job.queue?.position),
  ).toEqual([6, 5, 4, 3, 2, 1]);

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
  for (const checkpoint of pages.flat()) {
    expect(checkpoint.codebooks).toEqual(newCheckpoint().codebooks);
    expect(checkpoint.masks).toEqual(newCheckpoint().masks);
  }
  const page = await application.events.page({ tenantId, jobId, afterSeq: 3, limit: 2 });
  expect(page).toMatchObject({ hasMore: true, jobStatus: 'running', events: [{ seq: 4 }, { seq: 5 }] });
  expect(await application.events.page({ tenantId, jobId, afterSeq: 7, limit: 2 })).toMatchObject({
    hasMore: false,
    events: [],
  });
});
