import { CodedError, type JobRequest, type ResolvedSpec } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import type { StoredSweep } from '../surface/sweeps.ts';
import { type CellJob, insertJobs } from './insert-jobs.ts';
import { cellsOf, summaryOf } from './read-sweeps.ts';

/**
 * See SweepRepository.resume. A job that has ended stays as it ended, so a cell that is run again gets a new job, the
 * newest of its runs. The lock on the sweep makes two resumes one after the other.
 */
export function resumeSweep(
  connection: Connection,
  { tenantId, sweepId }: { tenantId: string; sweepId: string },
): Promise<StoredSweep | null> {
  return connection.tenantTransaction(tenantId, async (tx, now) => {
    const [found] = await tx.$queryRaw<{ id: string }[]>`
      SELECT id FROM sweeps WHERE id = ${sweepId} AND tenant_id = ${tenantId} FOR UPDATE`;
    if (found === undefined) return null;
    const sweep = await tx.sweep.findUniqueOrThrow({ where: { id: sweepId } });
    const again = await cellsToRunAgain(tx, sweepId);
    if (again.length === 0) return summaryOf(tx, sweep);
    await insertJobs(tx, sweep, again, now);
    const resumed = await tx.sweep.update({
      where: { id: sweepId },
      data: { resumes: sweep.resumes + 1, plotKey: null, plotSha256: null, plotBytes: null },
    });
    return summaryOf(tx, resumed);
  });
}

async function cellsToRunAgain(tx: Transaction, sweepId: string): Promise<CellJob[]> {
  const cells = await cellsOf(tx, sweepId);
  const canceling = cells.filter(({ status }) => status === 'canceling').length;
  if (canceling > 0) {
    throw new CodedError('sweep.not-resumable', `${canceling} of its jobs are still being canceled`);
  }
  const ended = cells.filter(({ status }) => status === 'failed' || status === 'canceled');
  const rows = await tx.job.findMany({ where: { id: { in: ended.map(({ jobId }) => jobId) } } });
  return rows.map((row) => ({
    name: row.name,
    requested: row.requested as unknown as JobRequest,
    resolved: row.resolved as unknown as ResolvedSpec,
    modelSha256: row.modelSha256,
    cell: row.cell ?? 0,
    run: (row.cellRun ?? 0) + 1,
  }));
}
