import { isTerminal } from '@spikefit/contracts';
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
      // Running ones come in the order of their ids too, so that two cancels never wait for each other in a circle.
      const rows = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM jobs
        WHERE sweep_id = ${sweepId} AND id > ${afterId} AND status IN ('queued', 'running', 'pausing', 'paused')
        ORDER BY id LIMIT ${batch}`;
      for (const { id } of rows) {
        const job = await lockJob(tx, id);
        // It may have ended since it was found.
        if (job !== null && !isTerminal(job.status)) await cancelLocked(tx, job);
      }
      return rows.at(-1)?.id;
    });
    if (last === undefined) break;
    afterId = last;
  }
  return connection.tenantTransaction(tenantId, (tx) => getSweep(tx, tenantId, sweepId));
}
