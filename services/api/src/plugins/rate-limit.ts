import rateLimit from '@fastify/rate-limit';
import { CodedError } from '@spikefit/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';

export interface RateLimits {
  /** Requests of one API key in one window. */
  readonly perKey: number;
  /** Requests of one network address in one window that came without a good key. */
  readonly refusedPerAddress: number;
  readonly windowSeconds: number;
}

export const defaultRateLimits: RateLimits = { perKey: 600, refusedPerAddress: 60, windowSeconds: 60 };

export interface RateLimiter {
  /** Counts a request of a key; sets the RateLimit headers; throws `request.rate-limited` past the limit. */
  countKey(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /**
   * Counts a request that authentication refused; throws `request.rate-limited` when its address had too many. Requests
   * with a good key are never held up by others behind the same address.
   */
  countRefused(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

declare module 'fastify' {
  interface FastifyInstance {
    rateLimiter: RateLimiter;
  }
}

/**
 * Counts in this process: behind several API processes the limit of a key is that many times higher.
 * Headers as in draft-ietf-httpapi-ratelimit-headers-10.
 */
export default plugin<{ limits: RateLimits }>(
  async (app, { limits }) => {
    await app.register(rateLimit, { global: false });
    const timeWindow = limits.windowSeconds * 1000;
    const byKey = app.createRateLimit({
      max: limits.perKey,
      timeWindow,
      keyGenerator: (request) => `key:${request.principal?.keyId ?? ''}`,
    });
    const byAddress = app.createRateLimit({
      max: limits.refusedPerAddress,
      timeWindow,
      keyGenerator: (request) => `address:${request.ip}`,
    });

    const refuse = (reply: FastifyReply, seconds: number, most: number): never => {
      reply.header('retry-after', Math.max(1, seconds));
      throw new CodedError(
        'request.rate-limited',
        `more than ${most} requests in ${limits.windowSeconds} seconds`,
      );
    };

    app.decorate('rateLimiter', {
      countKey: async (request, reply) => {
        const count = await byKey(request);
        if (count.isAllowed) return;
        reply.header('ratelimit-policy', `"default";q=${limits.perKey};w=${limits.windowSeconds}`);
        reply.header('ratelimit', `"default";r=${count.remaining};t=${count.ttlInSeconds}`);
        if (count.isExceeded) refuse(reply, count.ttlInSeconds, limits.perKey);
      },
      countRefused: async (request, reply) => {
        const count = await byAddress(request);
        if (!count.isAllowed && count.isExceeded) refuse(reply, count.ttlInSeconds, limits.refusedPerAddress);
      },
    });
  },
  { name: 'rate-limit', dependencies: ['problems'], fastify: '5.x' },
);
