import type { JobStatus, Page } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { decodeTimeCursor } from '../cursor.ts';
import { pageOf } from '../page.ts';
import { isoTime } from '../rows.ts';
import type { PageRequest, StoredJob } from '../surface/records.ts';
import { toStoredJobs, withTransitions } from './stored-job.ts';

export async function getJob(
  tx: Transaction,
  tenantId: string,
  jobId: string,
  now: Date,
): Promise<StoredJob | null> {
  const row = await tx.job.findFirst({ where: { id: jobId, tenantId }, include: withTransitions });
  if (row === null) return null;
  const [job] = await toStoredJobs(tx, [row], now);
  return job ?? null;
}

/** Newest first, by (createdAt, id). */
export async function listJobs(
  tx: Transaction,
  query: { tenantId: string; statuses?: readonly JobStatus[] | undefined } & PageRequest,
  now: Date,
): Promise<Page<StoredJob>> {
  const { tenantId, statuses, limit, after } = query;
  const list = ['jobs', ...(statuses ? [...new Set(statuses)].sort() : [])].join(' ');
  const from = after === undefined ? null : decodeTimeCursor(list, after);
  const rows = await tx.job.findMany({
    where: {
      tenantId,
      ...(statuses && { status: { in: [...statuses] } }),
      ...(from && { OR: [{ createdAt: { lt: from.time } }, { createdAt: from.time, id: { lt: from.id } }] }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    include: withTransitions,
  });
  const jobs = await toStoredJobs(tx, rows.slice(0, limit), now);
  const page = pageOf(
    list,
    rows,
    limit,
    (row) => [isoTime(row.createdAt), row.id],
    (row) => row.id,
  );
  return { ...page, data: jobs };
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
