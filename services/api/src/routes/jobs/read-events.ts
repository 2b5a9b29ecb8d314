import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, Event, isTerminal } from '@spikefit/contracts';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { eventStream } from '../../jobs/event-stream.ts';
import { tenantOf } from '../../plugins/authentication.ts';
import { problems } from '../../schemas/answers.ts';
import { found, JobParameters, requireId } from '../../schemas/parameters.ts';

const eventStreamType = 'text/event-stream';
/** Events read at once for a stream. */
const streamPage = 100;
/** Largest `seq`: Postgres's integer. */
const largestSeq = 2 ** 31 - 1;

const EventsQuery = Type.Object(
  {
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: largestSeq,
        default: 0,
        description: '`seq` of the last event that is known.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Of a JSON page.' }),
    ),
  },
  { additionalProperties: false },
);

const EventsPage = Type.Object({
  data: Type.Array(Event),
  hasMore: Type.Boolean({
    description: 'More events are there already; later ones may follow until the job has ended.',
  }),
  nextCursor: Type.String({ description: 'Send as `after`.' }),
});

export interface ReadEventsOptions {
  /** Streams that may be open at once in this process. */
  readonly maxEventStreams: number;
}

/** What happened to a job, as a page or as a stream that goes on until the job has ended. */
const routes: FastifyPluginAsyncTypebox<ReadEventsOptions> = async (app, { maxEventStreams }) => {
  const { database } = app.context;
  /** One per open stream. */
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const stream of open) stream.abort();
  });

  app.get(
    '/jobs/:jobId/events',
    {
      exposeHeadRoute: false,
      config: { access: 'jobs:read' },
      schema: {
        operationId: 'listEvents',
        summary: 'List or follow the events of a job',
        description:
          'With `Accept: text/event-stream` the answer is a stream of server-sent events: `id` is the `seq` of the ' +
          'event, `event` its type, `data` the event as JSON. It ends after the event that ends the job. ' +
          'A reader that comes back with `Last-Event-ID` gets what it missed; 204 when there is nothing more to come.',
        tags: ['jobs'],
        params: JobParameters,
        querystring: EventsQuery,
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ description: 'Of a stream: the last `id` that was received. Wins over `after`.' }),
          ),
        }),
        response: {
          200: {
            description: 'A page of events in order, or the stream.',
            content: {
              'application/json': { schema: EventsPage },
              [eventStreamType]: { schema: Type.Unsafe<unknown>({ type: 'string' }) },
            },
          },
          204: Type.Null({ description: 'The job has ended and the reader has every event.' }),
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
      const jobId = requireId('job', request.params.jobId);
      const tenantId = tenantOf(request);
      const representation = wanted(request.headers.accept);
      const { limit = 50 } = request.query;
      const page = (afterSeq: number, most: number) =>
        database.events.page({ tenantId, jobId, afterSeq, limit: most });

      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (representation === 'json') {
        const { after = 0 } = request.query;
        const { events, hasMore } = found('job', await page(after, limit));
        return { data: events, hasMore, nextCursor: String(events.at(-1)?.seq ?? after) };
      }

      if (app.eventHub.size >= maxEventStreams) {
        throw new CodedError(
          'service.overloaded',
          `this process has ${maxEventStreams} event streams open, and no more`,
        );
      }
      const after = lastEventId(request) ?? request.query.after ?? 0;
      // Watched before the first look, so that nothing can fall between the two.
      const watch = app.eventHub.watch(jobId);
      try {
        const first = found('job', await page(after, streamPage));
        if (isTerminal(first.jobStatus) && first.events.length === 0) {
          watch[Symbol.dispose]();
          return reply.code(204).send(null);
        }
        const gone = new AbortController();
        open.add(gone);
        const stream = Readable.from(
          eventStream({
            after,
            first,
            read: (afterSeq) => page(afterSeq, streamPage),
            watch,
            signal: gone.signal,
          }),
          { objectMode: false, highWaterMark: 16_384 },
        );
        const leave = () => {
          open.delete(gone);
          gone.abort();
          watch[Symbol.dispose]();
        };
        // The connection tells at once that the reader left; the stream closes only when its generator comes to a yield.
        reply.raw.once('close', leave);
        stream.once('close', leave);
        if (reply.raw.destroyed) leave();
        return reply
          .header('content-type', `${eventStreamType}; charset=utf-8`)
          .header('cache-control', 'no-cache, no-transform')
          .header('x-accel-buffering', 'no')
          .send(stream);
      } catch (error) {
        watch[Symbol.dispose]();
        throw error;
      }
    },
  );
};
export default routes;

/** The first of the two types that `Accept` names, JSON when it takes anything. */
function wanted(accept: string | undefined): 'json' | 'stream' {
  if (accept === undefined) return 'json';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (type === eventStreamType) return 'stream';
    if (['application/json', 'application/*', '*/*', ''].includes(type)) return 'json';
  }
  throw new CodedError('request.not-acceptable', `there are application/json and ${eventStreamType}`);
}

function lastEventId(request: FastifyRequest): number | undefined {
  const text = request.headers['last-event-id'];
  if (text === undefined || text === '') return undefined;
  const seq = Number(text);
  if (typeof text === 'string' && /^\d{1,10}$/.test(text) && seq <= largestSeq) return seq;
  const detail = 'must be the `id` of an event of this job';
  throw new CodedError('request.invalid', `Last-Event-ID ${detail}`, {
    errors: [{ pointer: 'header/last-event-id', detail }],
  });
}
