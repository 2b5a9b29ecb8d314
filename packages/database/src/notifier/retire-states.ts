import type { Connection } from '../connection.ts';

/** A job goes on from its newest state, or from the one before when that one turns out to be damaged. */
const keptStates = 2;

/** See ReconcilerRepository.retireStates. Numbers of checkpoints have no gaps, so the newest are the highest. */
export async function retireStates(connection: Connection, limit: number): Promise<string[]> {
  const rows = await connection.transaction(
    (tx) => tx.$queryRaw<{ objectKey: string }[]>`
      UPDATE checkpoints SET state_deleted_at = clock_timestamp()
      WHERE id IN (
        SELECT c.id FROM checkpoints c JOIN jobs j ON j.id = c.job_id
        WHERE c.state_deleted_at IS NULL AND (
          j.status IN ('succeeded', 'failed', 'canceled')
          OR c.seq <= (SELECT max(newest.seq) FROM checkpoints newest WHERE newest.job_id = c.job_id) - ${keptStates}::integer
        )
        ORDER BY c.job_id, c.seq LIMIT ${limit} FOR UPDATE OF c SKIP LOCKED
      )
      RETURNING object_key AS "objectKey"`,
  );
  return rows.map((row) => row.objectKey);
}
