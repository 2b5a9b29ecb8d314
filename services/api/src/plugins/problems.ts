import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CodedError } from '@spikefit/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { fromUnknown } from '../errors/from-unknown.ts';
import { problemMediaType, toProblem } from '../errors/problem.ts';
import { RouteTable } from '../errors/route-table.ts';

/** Whatever goes wrong leaves as problem+json with a code of the catalogue; what broke inside only reaches the log. */
export default plugin(
  async (app) => {
    const routes = new RouteTable();
    app.addHook('onRoute', ({ method, url }) => routes.add(method, url));

    app.setErrorHandler((thrown, request, reply) => {
      sendProblem(fromUnknown(thrown, { maxBodyBytes: app.context.config.maxBodyBytes }), request, reply);
    });

    app.setNotFoundHandler((request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '';
      const allowed = routes.methods(path);
      if (allowed.length === 0) throw new CodedError('route.not-found', `there is no ${path.slice(0, 200)}`);
      reply.header('allow', allowed.join(', '));
      throw new CodedError('route.method-not-allowed', `${path} answers to ${allowed.join(', ')}`);
    });
  },
  { name: 'problems', dependencies: ['context'], fastify: '5.x' },
);

/** Seconds to wait before trying again, for codes that pass by themselves. */
const retryAfterSeconds: Partial<Record<CodedError['code'], number>> = {
  'service.overloaded': 10,
  'service.unavailable': 5,
  'idempotency.in-progress': 1,
};

export function sendProblem(error: CodedError, request: FastifyRequest, reply: FastifyReply): void {
  const { publicUrl } = request.server.context.config;
  const problem = toProblem(error, { requestId: request.id, publicUrl });
  const isOurs = problem.status >= 500 || error.definition.class === 'internal';
  // The sender is not told what our errors say: the log is. Too much to do is no error, and has no place in the program.
  if (error.code === 'service.overloaded') request.log.warn({ code: error.code }, `refused: ${error.code}`);
  else if (isOurs) request.log.error({ code: error.code, err: error }, `refused: ${error.code}`);
  else request.log.info({ code: error.code }, `refused: ${error.code}`);
  const retryAfter = retryAfterSeconds[error.code];
  if (retryAfter !== undefined && !reply.hasHeader('retry-after')) reply.header('retry-after', retryAfter);
  if (problem.status === 401) {
    const reason = error.code === 'auth.missing' ? '' : ', error="invalid_token"';
    reply.header('www-authenticate', `Bearer realm="spikefit"${reason}`);
  }
  reply.removeHeader('content-length').removeHeader('etag');
  // No hook has set it where the framework itself refused the request.
  reply.header('x-request-id', request.id);
  // Bytes, so that no serializer of the route looks at them.
  reply.code(problem.status).header('content-type', problemMediaType).header('cache-control', 'no-store');
  reply.send(Buffer.from(JSON.stringify(problem)));
}

/** For bytes that are not HTTP at all, before there is a request. */
export function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: Socket,
  requestId: string,
  publicUrl: string,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const detail =
    error.code === 'HPE_HEADER_OVERFLOW' ? 'the headers are too large' : 'the bytes are not an HTTP request';
  const problem = toProblem(new CodedError('request.invalid', detail), { requestId, publicUrl });
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
