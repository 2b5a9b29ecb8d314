import type { Connection } from '../connection.ts';
import type { JobRepository } from '../surface/application.ts';
import { requestCancel } from './cancel-job.ts';
import { createJob } from './create-job.ts';
import { getJob, listJobs } from './read-jobs.ts';

export function createJobs(connection: Connection): JobRepository {
  return {
    create: (job) => createJob(connection, job),
    get: ({ tenantId, jobId }) =>
      connection.tenantTransaction(tenantId, (tx, now) => getJob(tx, tenantId, jobId, now)),
    list: (query) => connection.tenantTransaction(query.tenantId, (tx, now) => listJobs(tx, query, now)),
    requestCancel: (job) => requestCancel(connection, job),
  };
}
