import type { Connection } from '../connection.ts';
import type { JobRepository } from '../surface/application.ts';
import { requestCancel } from './cancel-job.ts';
import { createJob } from './create-job.ts';
import { readAnswer } from './idempotency.ts';
import { getJob, listJobs } from './read-jobs.ts';

export function createJobs(connection: Connection): JobRepository {
  return {
    create: (job) => createJob(connection, job),
    storedAnswer: ({ tenantId, ...key }) =>
      connection.tenantTransaction(tenantId, (tx) => readAnswer(tx, tenantId, key)),
    get: ({ tenantId, jobId }) =>
      connection.tenantTransaction(tenantId, (tx, now) => getJob(tx, tenantId, jobId, now)),
    list: (query) => connection.tenantTransaction(query.tenantId, (tx, now) => listJobs(tx, query, now)),
    requestCancel: (job) => requestCancel(connection, job),
  };
}
