import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, SweepResults } from '@spikefit/contracts';
import { resultsCsv } from '@spikefit/sweeps';
import { Type } from 'typebox';
import { tenantOf } from '../../plugins/authentication.ts';
import { problems } from '../../schemas/answers.ts';
import { found, requireId, SweepParameters } from '../../schemas/parameters.ts';
import { toSweepResults } from '../../sweeps/sweep-resource.ts';
import { csvType, wantedFormat } from '../../sweeps/wanted-format.ts';

const Text = Type.Unsafe<unknown>({ type: 'string' });
const ResultsQuery = Type.Object(
  {
    format: Type.Optional(Type.Enum(['json', 'csv'], { description: 'Wins over `Accept`.' })),
    table: Type.Optional(
      Type.Enum(['jobs', 'groups'], { default: 'jobs', description: 'Of CSV, which holds one table.' }),
    ),
  },
  { additionalProperties: false },
);

/** What came of a sweep: tables and picture. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { database, objectStore } = app.context;

  app.get(
    '/sweeps/:sweepId/results',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getSweepResults',
        summary: 'Show the results of a sweep',
        description:
          'A row per job; the jobs that differ in the seed alone as groups, with mean and sample standard deviation of ' +
          'those that have succeeded; and the Pareto fronts of mean accuracy against size, SynOps and each energy model. ' +
          'Before the sweep has ended they tell of the jobs that have.',
        tags: ['sweeps'],
        params: SweepParameters,
        querystring: ResultsQuery,
        response: {
          200: {
            description: 'JSON, or one table as CSV.',
            content: { 'application/json': { schema: SweepResults }, [csvType]: { schema: Text } },
          },
          ...problems(
            'resource.not-found',
            'request.invalid',
            'request.unknown-field',
            'request.not-acceptable',
          ),
        },
      },
    },
    async (request, reply) => {
      const sweepId = requireId('sweep', request.params.sweepId);
      const { format = wantedFormat(request.headers.accept), table = 'jobs' } = request.query;
      const { sweep, cells } = found(
        'sweep',
        await database.sweeps.results({ tenantId: tenantOf(request), sweepId }),
      );
      const results = toSweepResults(sweep, cells);
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (format === 'json') return results;
      return reply
        .header('content-type', `${csvType}; charset=utf-8; header=present`)
        .header('content-disposition', `attachment; filename="${sweepId}-${table}.csv"`)
        .send(resultsCsv(sweep.axes, results, table));
    },
  );

  app.get(
    '/sweeps/:sweepId/plot.svg',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getSweepPlot',
        summary: 'Show the plot of a sweep',
        description:
          'Mean accuracy against size, with the Pareto front. It is drawn a few seconds after the last job has ended, and ' +
          'anew after a resume.',
        tags: ['sweeps'],
        params: SweepParameters,
        response: {
          200: { description: 'The picture.', content: { 'image/svg+xml': { schema: Text } } },
          ...problems('resource.not-found', 'sweep.plot-not-ready', 'object.not-found'),
        },
      },
    },
    async (request, reply) => {
      const sweepId = requireId('sweep', request.params.sweepId);
      const { sweep } = found('sweep', await database.sweeps.get({ tenantId: tenantOf(request), sweepId }));
      if (sweep.plot === null)
        throw new CodedError(
          'sweep.plot-not-ready',
          `the sweep is ${sweep.status}; its plot is not drawn yet`,
        );
      const { objectKey, sha256, bytes } = sweep.plot;
      const file = await objectStore.get(objectKey);
      return reply
        .header('content-type', 'image/svg+xml')
        .header('content-length', bytes)
        .header('etag', `"${sha256}"`)
        .header('cache-control', 'private, no-cache')
        .send(file);
    },
  );
};
export default routes;
