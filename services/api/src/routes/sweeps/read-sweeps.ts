import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Page, PageQuery, Sweep, SweepSummary } from '@spikefit/contracts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { found, pageRequest, requireId, SweepParameters } from '../../schemas/parameters.ts';
import { toSweep, toSweepSummary } from '../../sweeps/sweep-resource.ts';

/** Sweeps as wholes: the list, one sweep, cancel, resume. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, database } = app.context;

  app.get(
    '/sweeps',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'listSweeps',
        summary: 'List the sweeps',
        description: 'Newest first, without their jobs. For the next page send `nextCursor` as `after`.',
        tags: ['sweeps'],
        querystring: PageQuery,
        response: {
          200: json('A page of sweeps.', Page(SweepSummary)),
          ...problems('request.invalid', 'request.unknown-field', 'request.cursor-invalid'),
        },
      },
    },
    async (request) => {
      const query = { tenantId: tenantOf(request), ...pageRequest(request.query) };
      const { data, ...rest } = await database.sweeps.list(query);
      return { data: data.map((sweep) => toSweepSummary(sweep, config.publicUrl)), ...rest };
    },
  );

  app.get(
    '/sweeps/:sweepId',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getSweep',
        summary: 'Show a sweep',
        description: 'Its status is read off its jobs: of each cell the newest one.',
        tags: ['sweeps'],
        params: SweepParameters,
        response: { 200: json('The sweep.', Sweep), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const sweepId = requireId('sweep', request.params.sweepId);
      const { sweep, cells } = found(
        'sweep',
        await database.sweeps.get({ tenantId: tenantOf(request), sweepId }),
      );
      return toSweep(sweep, cells, config.publicUrl);
    },
  );

  app.post(
    '/sweeps/:sweepId/cancel',
    {
      config: { access: 'jobs:write' },
      schema: {
        operationId: 'cancelSweep',
        summary: 'Cancel a sweep',
        description:
          'Cancels every job that has not ended: waiting ones at once, running ones when their workers let go. What has ' +
          'ended stays as it is. Asking again changes nothing.',
        tags: ['sweeps'],
        params: SweepParameters,
        response: { 200: json('The sweep.', SweepSummary), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const sweepId = requireId('sweep', request.params.sweepId);
      const key = { tenantId: tenantOf(request), sweepId };
      return toSweepSummary(found('sweep', await database.sweeps.requestCancel(key)), config.publicUrl);
    },
  );

  app.post(
    '/sweeps/:sweepId/resume',
    {
      config: { access: 'jobs:write' },
      schema: {
        operationId: 'resumeSweep',
        summary: 'Resume a sweep',
        description:
          'Every cell whose job has failed or was canceled gets a new job, with the same request; the old one stays as ' +
          'it ended. Cells that wait, run or have succeeded are left alone, so asking again changes nothing.',
        tags: ['sweeps'],
        params: SweepParameters,
        response: {
          200: json('The sweep.', SweepSummary),
          ...problems('resource.not-found', 'sweep.not-resumable'),
        },
      },
    },
    async (request) => {
      const sweepId = requireId('sweep', request.params.sweepId);
      const key = { tenantId: tenantOf(request), sweepId };
      return toSweepSummary(found('sweep', await database.sweeps.resume(key)), config.publicUrl);
    },
  );
};
export default routes;
