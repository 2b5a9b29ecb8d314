import { lookup } from 'node:dns/promises';
import type { ApiConfig } from '@spikefit/config';
import { type Clock, systemClock } from '@spikefit/contracts';
import { type ApplicationDatabase, newId } from '@spikefit/database';
import type { ObjectStore } from '@spikefit/object-store';
import type { Producer } from '@spikefit/queue';
import type { HttpMetrics, Logger } from '@spikefit/telemetry';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { ResolveHost } from './context.ts';
import { fromUnknown } from './errors/from-unknown.ts';
import { loggedRequest } from './logged-request.ts';
import answerWriting from './plugins/answer-writing.ts';
import authentication from './plugins/authentication.ts';
import context from './plugins/context.ts';
import eventHub from './plugins/event-hub.ts';
import openapi from './plugins/openapi.ts';
import pressure from './plugins/pressure.ts';
import problems, { refuseConnection, sendProblem } from './plugins/problems.ts';
import rateLimit, { defaultRateLimits, type RateLimits } from './plugins/rate-limit.ts';
import requestMetrics from './plugins/request-metrics.ts';
import requestParsing from './plugins/request-parsing.ts';
import securityHeaders from './plugins/security-headers.ts';
import apiKeys from './routes/api-keys.ts';
import datasets from './routes/datasets.ts';
import errors from './routes/errors.ts';
import health from './routes/health.ts';
import createJob from './routes/jobs/create-job.ts';
import readArtifacts from './routes/jobs/read-artifacts.ts';
import readCheckpoints from './routes/jobs/read-checkpoints.ts';
import readEvents from './routes/jobs/read-events.ts';
import readJobs from './routes/jobs/read-jobs.ts';
import createSweep from './routes/sweeps/create-sweep.ts';
import readResults from './routes/sweeps/read-results.ts';
import readSweeps from './routes/sweeps/read-sweeps.ts';
import targets from './routes/targets.ts';

export interface AppOptions {
  readonly config: ApiConfig;
  readonly database: ApplicationDatabase;
  readonly objectStore: ObjectStore;
  readonly queue: Pick<Producer, 'ping'>;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly metrics?: HttpMetrics;
  readonly resolveHost?: ResolveHost;
  readonly rateLimits?: RateLimits;
  readonly maxEventStreams?: number;
  /** Milliseconds; 0 never refuses. */
  readonly maxEventLoopDelayMs?: number;
}

export type App = FastifyInstance;

/**
 * The API as a Fastify instance that does not listen yet. It closes nothing that it was given: whoever opened database,
 * object store and queue closes them after `app.close()`.
 */
export async function buildApp(options: AppOptions): Promise<App> {
  const { config, clock = systemClock, rateLimits = defaultRateLimits } = options;
  const newRequestId = () => newId('request');
  const app: App = Fastify({
    loggerInstance: options.logger.child({}, { serializers: { req: loggedRequest } }) as FastifyBaseLogger,
    genReqId: newRequestId,
    requestIdHeader: false,
    bodyLimit: config.maxBodyBytes,
    // Longer parameters are no ids of ours, but must reach the route that says so.
    routerOptions: { maxParamLength: 2000, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) =>
      sendProblem(fromUnknown(error, { maxBodyBytes: config.maxBodyBytes }), request, reply),
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, newRequestId(), config.publicUrl),
  });

  await app.register(context, {
    context: {
      config,
      database: options.database,
      objectStore: options.objectStore,
      queue: options.queue,
      clock,
      resolveHost: options.resolveHost ?? resolveWithSystem,
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  await app.register(problems);
  await app.register(requestParsing);
  await app.register(answerWriting);
  await app.register(securityHeaders);
  await app.register(pressure, { maxEventLoopDelayMs: options.maxEventLoopDelayMs ?? 2000 });
  if (options.metrics !== undefined) await app.register(requestMetrics, { metrics: options.metrics });
  await app.register(rateLimit, { limits: rateLimits });
  await app.register(authentication);
  await app.register(eventHub);
  await app.register(openapi);

  await app.register(health);
  await app.register(errors);
  await app.register(
    async (api) => {
      for (const routes of [
        createJob,
        readJobs,
        readCheckpoints,
        readArtifacts,
        createSweep,
        readSweeps,
        readResults,
        datasets,
        targets,
        apiKeys,
      ]) {
        await api.register(routes);
      }
      await api.register(readEvents, { maxEventStreams: options.maxEventStreams ?? 1000 });
    },
    { prefix: '/v1' },
  );
  return app;
}

const resolveWithSystem: ResolveHost = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);
