import type { Connection } from '../connection.ts';
import type { OutboxRepository, QueueEntry } from '../surface/notifier.ts';

type OutboxRow = QueueEntry & { id: bigint };

export function createOutbox(connection: Connection): OutboxRepository {
  return {
    take: (limit, publish) =>
      connection.transaction(async (tx) => {
        const rows = await tx.$queryRaw<OutboxRow[]>`
          SELECT id, job_id AS "jobId", tenant_id AS "tenantId", enqueue_seq AS "enqueueSeq", priority
          FROM outbox WHERE due_at <= clock_timestamp()
          ORDER BY id LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
        if (rows.length === 0) return 0;
        await publish(rows.map(({ id: _id, ...entry }) => entry));
        await tx.outbox.deleteMany({ where: { id: { in: rows.map((row) => row.id) } } });
        return rows.length;
      }),
  };
}
