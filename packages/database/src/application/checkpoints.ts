import type { Connection } from '../connection.ts';
import { decodeCursor } from '../cursor.ts';
import { pageOf } from '../page.ts';
import type { CheckpointRepository } from '../surface/application.ts';
import { jobStatusOf } from './read-jobs.ts';
import { loadParts, toSummary } from './stored-checkpoint.ts';

export function createCheckpoints(connection: Connection): CheckpointRepository {
  return {
    list: ({ tenantId, jobId, limit, after }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        if ((await jobStatusOf(tx, tenantId, jobId)) === null) return null;
        const list = `checkpoints ${jobId}`;
        const afterSeq = after === undefined ? 0 : Number(decodeCursor(list, after, ['integer'])[0]);
        const rows = await tx.checkpoint.findMany({
          where: { tenantId, jobId, seq: { gt: afterSeq } },
          orderBy: { seq: 'asc' },
          take: limit + 1,
        });
        return pageOf(list, rows, limit, (row) => [row.seq], toSummary);
      }),

    get: ({ tenantId, jobId, checkpointId }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        const row = await tx.checkpoint.findFirst({ where: { id: checkpointId, tenantId, jobId } });
        return row && { ...toSummary(row), ...(await loadParts(tx, row.id)) };
      }),
  };
}
