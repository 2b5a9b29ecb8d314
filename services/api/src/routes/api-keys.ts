import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  ApiKey,
  ApiKeyRequest,
  CodedError,
  idSchema,
  Page,
  PageQuery,
  type Scope,
  scopes,
} from '@spikefit/contracts';
import { Type } from 'typebox';
import { tenantOf } from '../plugins/authentication.ts';
import { json, problems } from '../schemas/answers.ts';
import { found, pageRequest, pathParameters, requireId } from '../schemas/parameters.ts';

const NewApiKey = Type.Object(
  {
    ...ApiKey.properties,
    secret: Type.String({ description: 'The key itself, `sk_…`. Shown in this answer only.' }),
  },
  { $id: 'NewApiKey' },
);

const defaultScopes: readonly Scope[] = scopes.filter((scope) => scope !== 'keys:admin');

/** Keys of the tenant that asks. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { apiKeys } = app.context.database;

  app.post(
    '/api-keys',
    {
      config: { access: 'keys:admin' },
      schema: {
        operationId: 'createApiKey',
        summary: 'Make an API key',
        description:
          'The secret is in this answer and nowhere else: only its hash is stored. A key that expires makes no key that ' +
          'outlives it: without `expiresAt` the new one expires when it does.',
        tags: ['api keys'],
        body: ApiKeyRequest,
        response: {
          201: json('The key, with its secret.', NewApiKey),
          ...problems(
            'request.not-json',
            'request.invalid',
            'request.unknown-field',
            'request.too-large',
            'request.unsupported-media-type',
          ),
        },
      },
    },
    async (request, reply) => {
      const { name, scopes: asked, expiresAt } = request.body;
      const { apiKey, secret } = await apiKeys.create({
        tenantId: tenantOf(request),
        name,
        scopes: asked ?? defaultScopes,
        expiresAt: expiryOf(expiresAt, {
          now: app.context.clock.now(),
          latest: request.principal?.expiresAt ?? null,
        }),
      });
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ ...apiKey, secret });
    },
  );

  app.get(
    '/api-keys',
    {
      config: { access: 'keys:admin' },
      schema: {
        operationId: 'listApiKeys',
        summary: 'List the API keys',
        description: 'Newest first, without their secrets. Revoked and expired keys are listed too.',
        tags: ['api keys'],
        querystring: PageQuery,
        response: {
          200: json('A page of keys.', Page(ApiKey)),
          ...problems('request.invalid', 'request.unknown-field', 'request.cursor-invalid'),
        },
      },
    },
    async (request) => apiKeys.list({ tenantId: tenantOf(request), ...pageRequest(request.query) }),
  );

  app.delete(
    '/api-keys/:keyId',
    {
      config: { access: 'keys:admin' },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: 'At once and for good. Revoking it again changes nothing. A key may revoke itself.',
        tags: ['api keys'],
        params: pathParameters({ keyId: idSchema('apiKey') }),
        response: { 200: json('The revoked key.', ApiKey), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const keyId = requireId('apiKey', request.params.keyId);
      return found('apiKey', await apiKeys.revoke({ tenantId: tenantOf(request), keyId }));
    },
  );
};
export default routes;

/** @param latest when the key that asks expires; null: never */
function expiryOf(
  asked: string | undefined,
  { now, latest }: { now: Date; latest: string | null },
): string | null {
  if (asked === undefined) return latest;
  const time = new Date(asked).getTime();
  if (Number.isNaN(time)) throw refused('is not a time that exists');
  if (time <= now.getTime()) throw refused('must lie in the future');
  if (latest !== null && time > Date.parse(latest)) {
    throw refused(`must not lie after ${latest}, when the key that asks expires`);
  }
  return new Date(time).toISOString();
}

function refused(detail: string): CodedError {
  return new CodedError('request.invalid', `/expiresAt: ${detail}`, {
    errors: [{ pointer: '/expiresAt', detail }],
  });
}
