import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, errorCatalogue, isErrorCode, isRetryable } from '@spikefit/contracts';
import { Type } from 'typebox';
import { errorDocumentationPath } from '../errors/problem.ts';
import { json, publicProblems } from '../schemas/answers.ts';
import { pathParameters } from '../schemas/parameters.ts';

const ErrorDescription = Type.Object(
  {
    code: Type.String(),
    title: Type.String(),
    status: Type.Integer({ description: 'HTTP status.' }),
    remedy: Type.String({ description: 'What to do about it.' }),
    retryable: Type.Boolean({
      description: 'True when the same request or job may succeed when it is sent again later.',
    }),
  },
  { $id: 'ErrorDescription', description: 'One code of the error catalogue.' },
);

function describe(code: keyof typeof errorCatalogue) {
  const { title, status, remedy } = errorCatalogue[code];
  return { code, title, status, remedy, retryable: isRetryable(code) };
}

/** The catalogue of error codes: what `type` in a problem points at. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    errorDocumentationPath,
    {
      config: { access: 'public' },
      schema: {
        operationId: 'listErrors',
        summary: 'List the error codes',
        tags: ['errors'],
        response: {
          200: json('All codes.', Type.Object({ data: Type.Array(ErrorDescription) })),
          ...publicProblems(),
        },
      },
    },
    async () => ({ data: Object.keys(errorCatalogue).filter(isErrorCode).map(describe) }),
  );

  app.get(
    `${errorDocumentationPath}/:code`,
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getError',
        summary: 'Explain an error code',
        tags: ['errors'],
        params: pathParameters({ code: Type.String({ examples: ['spec.architecture-invalid'] }) }),
        response: { 200: json('The code.', ErrorDescription), ...publicProblems('resource.not-found') },
      },
    },
    async (request) => {
      const { code } = request.params;
      if (!isErrorCode(code)) throw new CodedError('resource.not-found', 'there is no such error code');
      return describe(code);
    },
  );
};
export default routes;
