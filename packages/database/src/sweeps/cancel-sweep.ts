import { cancelLocked } from '../application/cancel-job.ts';
import type { Connection } from '../connection.ts';
import { lockJob } from '../statements/lock-job.ts';
import type { StoredSweep } from '../surface/sweeps.ts';
import { getSweep } from './read-sweeps.ts';

/** Jobs per transaction: one over a thousand jobs could outlast the longest that a transaction may take. */
const batch = 100;

/** See SweepRepository.requestCancel. */
export async function cancelSweep(
  connection: Connection,
  { tenantId, sweepId }: { tenantId: string; sweepId: string },
): Promise<StoredSweep | null> {
  let afterId = '';
  for (;;) {
    const last = await connection.tenantTransaction(tenantId, async (tx) => {
      // In the order of their ids, running ones too, so that two cancels never wait for each other in a circle; and all before
      // the first one ends, which locks the sweep.
      const rows = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM jobs
        WHERE sweep_id = ${sweepId} AND id > ${afterId} AND status IN ('queued', 'running', 'pausing', 'paused')
        ORDER BY id LIMIT ${batch} FOR UPDATE`;
      for (const [index, { id }] of rows.entries()) {
        const job = await lockJob(tx, id);
        if (job !== null) await cancelLocked(tx, job, { othersFollow: index < rows.length - 1 });
      }
      return rows.at(-1)?.id;
    });
    if (last === undefined) break;
    afterId = last;
  }
  return connection.tenantTransaction(tenantId, (tx) => getSweep(tx, tenantId, sweepId));
}
