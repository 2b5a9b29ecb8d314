import type { Report } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import type { ReportRepository } from '../surface/application.ts';
import { jobStatusOf } from './read-jobs.ts';

export function createReports(connection: Connection): ReportRepository {
  return {
    get: ({ tenantId, jobId }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        const jobStatus = await jobStatusOf(tx, tenantId, jobId);
        if (jobStatus === null) return null;
        const row = await tx.report.findFirst({ where: { jobId, tenantId } });
        return { report: row === null ? null : (row.body as unknown as Report), jobStatus };
      }),
  };
}
