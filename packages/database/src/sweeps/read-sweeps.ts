import {
  type JobStatus,
  jobStatuses,
  type Page,
  type SweepAxis,
  type SweepCounts,
  sweepStatusOf,
} from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { Prisma, type Sweep } from '../generated/client.ts';
import { inOrderOf, newestFirst } from '../keyset.ts';
import { pageOf } from '../page.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';
import type { PageRequest } from '../surface/records.ts';
import type { StoredCell, StoredResult, StoredSweep } from '../surface/sweeps.ts';

/** The newest job of each cell of the sweeps that `condition` chooses. */
const newestRuns = (condition: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT DISTINCT ON (sweep_id, cell) * FROM jobs WHERE ${condition} ORDER BY sweep_id, cell, cell_run DESC`;

interface Tally {
  sweepId: string;
  status: JobStatus;
  jobs: number;
  progress: number;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** The sweeps with what their jobs tell of them, in one read for all. */
export async function summariesOf(tx: Transaction, rows: readonly Sweep[]): Promise<StoredSweep[]> {
  const ids = rows.map(({ id }) => id);
  const tallies = await tx.$queryRaw<Tally[]>`
    SELECT sweep_id AS "sweepId", status::text AS status, count(*)::integer AS jobs,
      sum(CASE WHEN ended_at IS NULL THEN progress_fraction ELSE 1 END) AS progress,
      min(started_at) AS "startedAt", max(ended_at) AS "endedAt"
    FROM (${newestRuns(Prisma.sql`sweep_id = ANY (${ids}::text[])`)}) newest GROUP BY sweep_id, status`;
  return rows.map((row) =>
    toStoredSweep(
      row,
      tallies.filter(({ sweepId }) => sweepId === row.id),
    ),
  );
}

export async function summaryOf(tx: Transaction, row: Sweep): Promise<StoredSweep> {
  const [summary] = await summariesOf(tx, [row]);
  return summary as StoredSweep;
}

function toStoredSweep(row: Sweep, tallies: readonly Tally[]): StoredSweep {
  const counts = Object.fromEntries(jobStatuses.map((status) => [status, 0])) as SweepCounts;
  for (const { status, jobs } of tallies) counts[status] = jobs;
  const status = sweepStatusOf(counts);
  const hasEnded = status === 'succeeded' || status === 'failed' || status === 'canceled';
  const progress = tallies.reduce((sum, tally) => sum + tally.progress, 0);
  return {
    id: row.id,
    name: row.name,
    status,
    cells: row.cells,
    counts,
    progress: { fraction: progress / row.cells },
    resumes: row.resumes,
    priority: row.priority,
    metadata: row.metadata as Record<string, string>,
    createdAt: isoTime(row.createdAt),
    startedAt: isoTimeOrNull(extreme(tallies, 'startedAt', Math.min)),
    endedAt: hasEnded ? isoTimeOrNull(extreme(tallies, 'endedAt', Math.max)) : null,
    base: row.base as Record<string, unknown>,
    axes: row.axes as unknown as SweepAxis[],
    plot:
      row.plotKey === null
        ? null
        : { objectKey: row.plotKey, sha256: row.plotSha256 ?? '', bytes: Number(row.plotBytes) },
  };
}

function extreme(
  tallies: readonly Tally[],
  name: 'startedAt' | 'endedAt',
  choose: (...times: number[]) => number,
): Date | null {
  const times = tallies.flatMap((tally) => tally[name]?.getTime() ?? []);
  return times.length === 0 ? null : new Date(choose(...times));
}

export async function getSweep(
  tx: Transaction,
  tenantId: string,
  sweepId: string,
): Promise<StoredSweep | null> {
  const row = await tx.sweep.findFirst({ where: { id: sweepId, tenantId } });
  return row && summaryOf(tx, row);
}

/** Newest first, by (createdAt, id). */
export async function listSweeps(
  tx: Transaction,
  query: { tenantId: string } & PageRequest,
): Promise<Page<StoredSweep>> {
  const list = 'sweeps';
  const ids = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM sweeps WHERE tenant_id = ${query.tenantId} ${newestFirst(list, query)}`;
  const rows = await tx.sweep.findMany({ where: { id: { in: ids.map(({ id }) => id) } } });
  const summaries = await summariesOf(tx, inOrderOf(ids, rows));
  return pageOf(
    list,
    summaries,
    query.limit,
    ({ createdAt, id }) => [createdAt, id],
    (sweep) => sweep,
  );
}

export async function cellsOf(tx: Transaction, sweepId: string): Promise<StoredCell[]> {
  return tx.$queryRaw<StoredCell[]>`
    SELECT cell, cell_run AS run, id AS "jobId", status::text AS status, seed, progress_fraction AS progress,
      error_code AS "errorCode"
    FROM (${newestRuns(Prisma.sql`sweep_id = ${sweepId}`)}) newest ORDER BY cell`;
}

/** Where the figures of a tenant's own reports come from. */
export const figuresOfReports = Prisma.sql`SELECT job_id, spikefit_report_figures(body) AS figures FROM reports`;

/** @param figures gives `job_id` and `figures`, for jobs that have a report */
export async function resultsOf(
  tx: Transaction,
  sweepId: string,
  figures: Prisma.Sql,
): Promise<StoredResult[]> {
  return tx.$queryRaw<StoredResult[]>`
    SELECT newest.cell, newest.cell_run AS run, newest.id AS "jobId", newest.status::text AS status, newest.seed,
      newest.progress_fraction AS progress, newest.error_code AS "errorCode", f.figures AS reported
    FROM (${newestRuns(Prisma.sql`sweep_id = ${sweepId}`)}) newest LEFT JOIN (${figures}) f ON f.job_id = newest.id
    ORDER BY newest.cell`;
}
