import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Checkpoint, CheckpointSummary, idSchema, Page, PageQuery } from '@spikefit/contracts';
import { tenantOf } from '../../plugins/authentication.ts';
import { json, problems } from '../../schemas/answers.ts';
import { found, JobParameters, pageRequest, pathParameters, requireId } from '../../schemas/parameters.ts';

/** The resumable points of a job, with the codebooks and masks that it had there. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { checkpoints } = app.context.database;

  app.get(
    '/jobs/:jobId/checkpoints',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'listCheckpoints',
        summary: 'List the checkpoints of a job',
        description: 'In order. Codebooks and masks are in the checkpoint itself.',
        tags: ['results'],
        params: JobParameters,
        querystring: PageQuery,
        response: {
          200: json('A page of checkpoints.', Page(CheckpointSummary)),
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
      return found(
        'job',
        await checkpoints.list({ tenantId: tenantOf(request), jobId, ...pageRequest(request.query) }),
      );
    },
  );

  app.get(
    '/jobs/:jobId/checkpoints/:checkpointId',
    {
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'getCheckpoint',
        summary: 'Show a checkpoint with its codebooks and masks',
        tags: ['results'],
        params: pathParameters({ jobId: idSchema('job'), checkpointId: idSchema('checkpoint') }),
        response: { 200: json('The checkpoint.', Checkpoint), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const jobId = requireId('job', request.params.jobId);
      const checkpointId = requireId('checkpoint', request.params.checkpointId);
      return found('checkpoint', await checkpoints.get({ tenantId: tenantOf(request), jobId, checkpointId }));
    },
  );
};
export default routes;
