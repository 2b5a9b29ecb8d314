import { CodedError, type Scope } from '@spikefit/contracts';
import { type AuthenticatedKey, hashApiKey } from '@spikefit/database';
import type { FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed to, to be answered by this route; `public`: no key is asked for. */
    access?: Scope | 'public';
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: AuthenticatedKey | null;
  }
}

/**
 * `Authorization: Bearer sk_…`, before the body is read. Every route under /v1 says in its config who may use it; one
 * that says nothing keeps the process from starting.
 */
export default plugin(
  async (app) => {
    app.decorateRequest('principal', null);

    app.addHook('onRoute', (route) => {
      const access = route.config?.access;
      if (access === undefined && route.url.startsWith('/v1')) {
        throw new CodedError('internal.error', `${route.url} does not say who may use it`);
      }
      if (access === undefined || access === 'public') return;
      const guard = async (request: FastifyRequest, reply: FastifyReply) => {
        await authenticate(request, reply);
        await app.rateLimiter.countKey(request, reply);
        requireScope(request, access);
      };
      route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
      route.schema = { ...route.schema, security: [{ apiKey: [] }] };
    });

    async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      try {
        request.principal = await findKey(request.headers.authorization);
      } catch (error) {
        if (error instanceof CodedError && error.definition.status === 401)
          await app.rateLimiter.countRefused(request, reply);
        throw error;
      }
      const { tenantId, keyId } = request.principal;
      request.log = request.log.child({ tenantId, keyId });
      // The answer does not depend on it.
      app.context.database.authentication.touch({ tenantId, keyId }).catch((err: unknown) => {
        request.log.warn({ err }, 'the use of a key was not noted');
      });
    }

    async function findKey(header: string | undefined): Promise<AuthenticatedKey> {
      if (header === undefined || header.trim() === '')
        throw new CodedError('auth.missing', 'there is no Authorization header');
      const secret = /^Bearer +(sk_.*)$/i.exec(header.trim())?.[1];
      if (secret === undefined)
        throw new CodedError('auth.invalid', 'the Authorization header is not "Bearer sk_…"');
      const isWellFormed = /^sk_[A-Za-z0-9_-]{16,200}$/.test(secret);
      const key = isWellFormed
        ? await app.context.database.authentication.authenticate(hashApiKey(secret))
        : null;
      if (key === null)
        throw new CodedError('auth.invalid', 'there is no such key: it is unknown, malformed or revoked');
      if (key.expired) throw new CodedError('auth.expired', `the key expired at ${key.expiresAt}`);
      return key;
    }
  },
  { name: 'authentication', dependencies: ['context', 'rate-limit'], fastify: '5.x' },
);

function requireScope(request: FastifyRequest, scope: Scope): void {
  if (request.principal?.scopes.includes(scope)) return;
  throw new CodedError('auth.forbidden', `the key lacks the scope ${scope}`);
}

/** The tenant that asks. Only for routes that are not public. */
export function tenantOf(request: FastifyRequest): string {
  if (request.principal === null)
    throw new CodedError('internal.error', 'a public route asked for its tenant');
  return request.principal.tenantId;
}
