import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, Target } from '@spikefit/contracts';
import { findTarget, listTargets } from '@spikefit/hardware';
import { Type } from 'typebox';
import { json, problems } from '../schemas/answers.ts';
import { pathParameters } from '../schemas/parameters.ts';

/** The chips that a job may fit a network to. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/targets',
    {
      config: { access: 'targets:read' },
      schema: {
        operationId: 'listTargets',
        summary: 'List the targets',
        description:
          'Chips with their limits; every number carries its source. A limit of kind `none` does not exist, one of kind `unknown` no source gives.',
        tags: ['catalogues'],
        response: { 200: json('All targets.', Type.Object({ data: Type.Array(Target) })), ...problems() },
      },
    },
    async () => ({ data: listTargets() }),
  );

  app.get(
    '/targets/:targetId',
    {
      config: { access: 'targets:read' },
      schema: {
        operationId: 'getTarget',
        summary: 'Show a target',
        tags: ['catalogues'],
        params: pathParameters({ targetId: Type.String({ examples: ['loihi'] }) }),
        response: { 200: json('The target.', Target), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const target = findTarget(request.params.targetId);
      if (target === undefined) throw new CodedError('resource.not-found', 'there is no target with this id');
      return target;
    },
  );
};
export default routes;
