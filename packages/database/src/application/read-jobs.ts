import type { JobStatus, Page } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { Prisma } from '../generated/client.ts';
import { inOrderOf, newestFirst } from '../keyset.ts';
import { pageOf } from '../page.ts';
import { isoTime } from '../rows.ts';
import type { JobsQuery, StoredJob } from '../surface/records.ts';
import { toPlacedJob, toStoredJob, withTransitions } from './stored-job.ts';

export async function getJob(
  tx: Transaction,
  tenantId: string,
  jobId: string,
  now: Date,
): Promise<StoredJob | null> {
  const row = await tx.job.findFirst({ where: { id: jobId, tenantId }, include: withTransitions });
  return row && toPlacedJob(tx, row, now);
}

/** Newest first, by (createdAt, id). */
export async function listJobs(tx: Transaction, query: JobsQuery, now: Date): Promise<Page<StoredJob>> {
  const { tenantId, statuses, sweepId, limit } = query;
  const list = [
    'jobs',
    ...(sweepId ? [sweepId] : []),
    ...(statuses ? [...new Set(statuses)].sort() : []),
  ].join(' ');
  const ids = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM jobs WHERE tenant_id = ${tenantId} ${ofSweep(sweepId)} ${ofStatuses(statuses)} ${newestFirst(list, query)}`;
  const rows = await tx.job.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    include: withTransitions,
  });
  return pageOf(
    list,
    inOrderOf(ids, rows),
    limit,
    (row) => [isoTime(row.createdAt), row.id],
    (row) => toStoredJob(row, now),
  );
}

const ofSweep = (sweepId: string | undefined): Prisma.Sql =>
  sweepId === undefined ? Prisma.empty : Prisma.sql`AND sweep_id = ${sweepId}`;

/** One status is an equality, behind which the index goes on in the order of the list. */
function ofStatuses(statuses: readonly JobStatus[] | undefined): Prisma.Sql {
  if (statuses === undefined) return Prisma.empty;
  if (statuses.length === 1) return Prisma.sql`AND status = ${statuses[0]}::job_status`;
  return Prisma.sql`AND status = ANY (${[...statuses]}::job_status[])`;
}

/** The status of a job of the tenant, or null: the question that goes before every list beneath a job. */
export async function jobStatusOf(
  tx: Transaction,
  tenantId: string,
  jobId: string,
): Promise<JobStatus | null> {
  const row = await tx.job.findFirst({ where: { id: jobId, tenantId }, select: { status: true } });
  return row?.status ?? null;
}
