import type { Connection } from '../connection.ts';
import type { Directive, Lease } from '../surface/attempts.ts';

/** One statement, fenced in itself: extends the lease, stores the progress, brings back what is wanted. */
export function heartbeat(
  connection: Connection,
  lease: Lease,
  progress?: { fraction: number; etaSeconds: number | null },
): Promise<Directive> {
  return connection.tenantTransaction(lease.tenantId, async (tx): Promise<Directive> => {
    const [row] = await tx.$queryRaw<{ status: 'running' | 'pausing' | 'canceling' }[]>`
      UPDATE jobs SET
        lease_until = clock_timestamp() + make_interval(secs => ${lease.leaseSeconds}::double precision),
        progress_fraction = CASE WHEN ${progress !== undefined}
          THEN greatest(0, least(1, ${progress?.fraction ?? 0}::double precision)) ELSE progress_fraction END,
        progress_eta_seconds = CASE WHEN ${progress !== undefined}
          THEN ${progress?.etaSeconds ?? null}::double precision ELSE progress_eta_seconds END,
        progress_updated_at = CASE WHEN ${progress !== undefined} THEN clock_timestamp() ELSE progress_updated_at END
      WHERE id = ${lease.jobId} AND lease_epoch = ${lease.leaseEpoch} AND lease_owner = ${lease.owner}
      RETURNING status::text AS status`;
    if (row === undefined) return 'lost';
    switch (row.status) {
      case 'canceling':
        return 'cancel';
      case 'pausing':
        return 'pause';
      case 'running':
        return 'continue';
    }
  });
}
