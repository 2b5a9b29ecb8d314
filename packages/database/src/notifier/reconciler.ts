import type { Connection } from '../connection.ts';
import type { QueueEntry, ReconcilerRepository } from '../surface/notifier.ts';
import { retireStates } from './retire-states.ts';
import { expireLeases, forceCancels } from './take-back-jobs.ts';

export function createReconciler(connection: Connection): ReconcilerRepository {
  return {
    expireLeases: (limit) => expireLeases(connection, limit),
    forceCancels: (request) => forceCancels(connection, request),

    jobsWaiting: ({ limit, afterJobId = null }) =>
      connection.transaction(
        (tx) => tx.$queryRaw<QueueEntry[]>`
          SELECT j.id AS "jobId", j.tenant_id AS "tenantId", j.enqueue_seq AS "enqueueSeq", j.priority
          FROM jobs j
          WHERE j.status = 'queued' AND (j.not_before IS NULL OR j.not_before <= clock_timestamp())
            AND NOT EXISTS (SELECT FROM outbox o WHERE o.job_id = j.id AND o.enqueue_seq = j.enqueue_seq)
            AND (${afterJobId}::text IS NULL OR (-j.priority, j.queued_at, j.id) >
              (SELECT -a.priority, a.queued_at, a.id FROM jobs a WHERE a.id = ${afterJobId}::text))
          ORDER BY j.priority DESC, j.queued_at, j.id LIMIT ${limit}`,
      ),

    knownEntries: async (entries) => {
      const ids = entries.map((entry) => entry.jobId);
      const rows = await connection.transaction(
        (tx) => tx.$queryRaw<{ jobId: string; enqueueSeq: number }[]>`
          SELECT id AS "jobId", enqueue_seq AS "enqueueSeq" FROM jobs
          WHERE status = 'queued' AND id = ANY (${ids}::text[])`,
      );
      const newest = new Map(rows.map((row) => [row.jobId, row.enqueueSeq]));
      return entries
        .filter((entry) => newest.get(entry.jobId) === entry.enqueueSeq)
        .map(({ jobId, enqueueSeq }) => ({ jobId, enqueueSeq }));
    },

    expireIdempotencyKeys: () =>
      connection.transaction(
        (tx) => tx.$executeRaw`DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'`,
      ),

    expirePretrainedStates: () =>
      connection.transaction(
        (tx) => tx.$executeRaw`DELETE FROM pretrained_states WHERE used_at < now() - interval '7 days'`,
      ),

    retireStates: (limit) => retireStates(connection, limit),

    unreferencedObjects: async (objectKeys) => {
      const keys = [...objectKeys];
      const rows = await connection.transaction(
        (tx) => tx.$queryRaw<{ objectKey: string }[]>`
          SELECT object_key AS "objectKey" FROM checkpoints
          WHERE object_key = ANY (${keys}::text[]) AND state_deleted_at IS NULL
          UNION
          SELECT object_key FROM artifacts WHERE object_key = ANY (${keys}::text[])
          UNION
          SELECT plot_key FROM sweeps WHERE plot_key = ANY (${keys}::text[])
          UNION
          SELECT object_key FROM pretrained_states WHERE object_key = ANY (${keys}::text[])`,
      );
      const referenced = new Set(rows.map((row) => row.objectKey));
      return keys.filter((key) => !referenced.has(key));
    },
  };
}
