import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CodedError,
  idSchema,
  isTerminal,
  Job,
  JobStatus,
  Page,
  PageQuery,
  Report,
  WebhookDelivery,
} from '@spikefit/contracts';
import { Type } from 'typebox';
import { toJob } from '../../jobs/job-resource.ts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { found, JobParameters, pageRequest, requireId } from '../../schemas/parameters.ts';

const JobsQuery = Type.Object(
  {
    ...PageQuery.properties,
    status: Type.Optional(JobStatus),
    sweep: Type.Optional(idSchema('sweep')),
  },
  { additionalProperties: false },
);

/** What there is to read about jobs as a whole: the list, one job, its report, its webhook deliveries. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.get(
    '/jobs',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'listJobs',
        summary: 'List the jobs',
        description:
          'Newest first; with `sweep` only the jobs of that sweep, also those whose cells a resume ran again. For the next page send `nextCursor` as `after`, with the same `status` and `sweep`.',
        tags: ['jobs'],
        querystring: JobsQuery,
        response: {
          200: json('A page of jobs.', Page(Job)),
          ...problems('request.invalid', 'request.unknown-field', 'request.cursor-invalid'),
        },
      },
    },
    async (request) => {
      const { status, sweep: sweepId, ...page } = request.query;
      const statuses = status === undefined ? undefined : [status];
      const { data, ...rest } = await database.jobs.list({
        tenantId: tenantOf(request),
        statuses,
        sweepId,
        ...pageRequest(page),
      });
      return { data: data.map((job) => toJob(job, config.publicUrl)), ...rest };
    },
  );

  app.get(
    '/jobs/:jobId',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getJob',
        summary: 'Show a job',
        tags: ['jobs'],
        params: JobParameters,
        response: { 200: json('The job.', Job), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      return toJob(
        found('job', await database.jobs.get({ tenantId: tenantOf(request), jobId })),
        config.publicUrl,
      );
    },
  );

  app.post(
    '/jobs/:jobId/cancel',
    {
      config: { access: 'jobs:write' },
      schema: {
        operationId: 'cancelJob',
        summary: 'Cancel a job',
        description:
          'A waiting job is `canceled` at once. A running one is `canceling` until its worker lets go. ' +
          'Asking again changes nothing; a job that has succeeded or failed can no longer be canceled.',
        tags: ['jobs'],
        params: JobParameters,
        response: { 200: json('The job.', Job), ...problems('resource.not-found', 'job.not-cancelable') },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      const job = found('job', await database.jobs.requestCancel({ tenantId: tenantOf(request), jobId }));
      return toJob(job, config.publicUrl);
    },
  );

  app.get(
    '/jobs/:jobId/report',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getReport',
        summary: 'Show the report of a job',
        description:
          'Before and after: accuracy, sparsity, size, SynOps, energy, fit. There once the job has succeeded.',
        tags: ['results'],
        params: JobParameters,
        response: { 200: json('The report.', Report), ...problems('resource.not-found', 'report.not-ready') },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      const { report, jobStatus } = found(
        'job',
        await database.reports.get({ tenantId: tenantOf(request), jobId }),
      );
      if (report === null) {
        const never = isTerminal(jobStatus) ? ', so it never has a report' : '';
        throw new CodedError('report.not-ready', `the job is ${jobStatus}${never}`);
      }
      return report;
    },
  );

  app.get(
    '/jobs/:jobId/webhook-deliveries',
    {
      config: { access: 'webhooks:read' },
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List the webhook deliveries of a job',
        description: 'Newest first, each with its attempts.',
        tags: ['webhooks'],
        params: JobParameters,
        querystring: PageQuery,
        response: {
          200: json('A page of deliveries.', Page(WebhookDelivery)),
          ...problems(
            'resource.not-found',
            'request.invalid',
            'request.unknown-field',
            'request.cursor-invalid',
          ),
        },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      const query = { tenantId: tenantOf(request), jobId, ...pageRequest(request.query) };
      return found('job', await database.webhookDeliveries.list(query));
    },
  );
};
export default routes;
