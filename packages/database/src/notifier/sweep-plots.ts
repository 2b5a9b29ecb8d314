import type { Connection } from '../connection.ts';
import { Prisma } from '../generated/client.ts';
import { inOrderOf } from '../keyset.ts';
import type { SweepPlotRepository } from '../surface/sweeps.ts';
import { resultsOf, summariesOf } from '../sweeps/read-sweeps.ts';

export function createSweepPlots(connection: Connection): SweepPlotRepository {
  return {
    ended: (limit) =>
      connection.transaction(async (tx) => {
        // A run that is not the newest of its cell has ended, so every unfinished job counts.
        const ids = await tx.$queryRaw<{ id: string }[]>`
          SELECT s.id FROM sweeps s
          WHERE s.plot_key IS NULL AND NOT EXISTS (
            SELECT FROM jobs j WHERE j.sweep_id = s.id AND j.status NOT IN ('succeeded', 'failed', 'canceled'))
          ORDER BY s.created_at LIMIT ${limit}`;
        const rows = await tx.sweep.findMany({ where: { id: { in: ids.map(({ id }) => id) } } });
        const sweeps = await summariesOf(tx, inOrderOf(ids, rows));
        const results = [];
        for (const sweep of sweeps) {
          const figures = Prisma.sql`SELECT job_id, figures FROM spikefit_sweep_figures(${sweep.id})`;
          results.push({ sweep, cells: await resultsOf(tx, sweep.id, figures) });
        }
        return results;
      }),

    keepPlot: async ({ sweepId, resumes, objectKey, sha256, bytes }) => {
      const written = await connection.transaction(
        (tx) => tx.$executeRaw`
          UPDATE sweeps SET plot_key = ${objectKey}, plot_sha256 = ${sha256}, plot_bytes = ${bytes}::bigint
          WHERE id = ${sweepId} AND resumes = ${resumes}::integer AND plot_key IS NULL`,
      );
      return written > 0;
    },
  };
}
