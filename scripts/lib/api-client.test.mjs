import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiProblem, apiClient } from './api-client.mjs';

/** @type {import('node:http').Server} */
let server;
/** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} */
let answer;
let url = '';

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const event = (/** @type {number} */ seq, type = 'epoch.completed') =>
  `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, type, text: 'zweite Zeile ü' })}\n\n`;

describe('apiClient', () => {
  test('asks again while the service is overloaded, and sends the same request', async () => {
    const requests = /** @type {unknown[]} */ ([]);
    answer = (request, response) => {
      requests.push([request.method, request.url, request.headers['idempotency-key']]);
      const isBusy = requests.length < 3;
      response.writeHead(isBusy ? 503 : 201, { 'content-type': 'application/json', 'retry-after': '0' });
      response.end(
        JSON.stringify(
          isBusy ? { status: 503, code: 'service.overloaded', detail: 'busy' } : { id: 'job_1' },
        ),
      );
    };
    expect(await apiClient({ url, key: 'sk_x' }).post('/v1/jobs', {}, 'once')).toEqual({ id: 'job_1' });
    expect(requests).toEqual(Array(3).fill(['POST', '/v1/jobs', 'once']));
  });

  test('asks again when the connection breaks', async () => {
    let requests = 0;
    answer = (request, response) => {
      requests += 1;
      if (requests === 1) request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"job_1"}');
    };
    expect(await apiClient({ url, key: 'sk_x' }).get('/v1/jobs/job_1')).toEqual({ id: 'job_1' });
    expect(requests).toBe(2);
  });

  test('events: survives chunks cut anywhere and a broken connection, and goes on after the last one', async () => {
    /** @type {(string | undefined)[]} */
    const resumedAfter = [];
    answer = (request, response) => {
      resumedAfter.push(request.headers['last-event-id']?.toString());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (resumedAfter.length === 1) {
        const bytes = Buffer.from(`retry: 2000\n\n${event(1, 'job.created')}: still here\n\n${event(2)}`);
        for (const byte of bytes) response.write(Buffer.from([byte]));
        // Half an event, then the connection breaks.
        response.write('id: 3\nevent: epoch.com', () => response.destroy());
      } else response.end(event(3) + event(4, 'job.succeeded'));
    };
    const seen = [];
    for await (const { seq, type } of apiClient({ url, key: 'sk_x' }).events('/v1/jobs/a/events'))
      seen.push([seq, type]);
    expect(seen).toEqual([
      [1, 'job.created'],
      [2, 'epoch.completed'],
      [3, 'epoch.completed'],
      [4, 'job.succeeded'],
    ]);
    expect(resumedAfter).toEqual(['0', '2']);
  });

  test('a problem is thrown with its code and fields, in a stream too', async () => {
    answer = (_, response) => {
      response.writeHead(422, { 'content-type': 'application/problem+json' });
      response.end(
        JSON.stringify({
          status: 422,
          code: 'spec.levels-invalid',
          detail: 'too many',
          errors: [{ pointer: '/a', detail: 'b' }],
        }),
      );
    };
    const client = apiClient({ url, key: 'sk_x' });
    await expect(client.post('/v1/jobs', {}, 'k')).rejects.toThrow(
      /422 spec.levels-invalid: too many\n {2}\/a: b/,
    );
    await expect(client.events('/v1/jobs/a/events').next()).rejects.toBeInstanceOf(ApiProblem);
  });

  test('sends the key, and the idempotency key when it creates', async () => {
    /** @type {import('node:http').IncomingHttpHeaders | undefined} */
    let headers;
    answer = (request, response) => {
      headers = request.headers;
      response.end('{"id":"job_1"}');
    };
    expect(await apiClient({ url, key: 'sk_x' }).post('/v1/jobs', { a: 1 }, 'once')).toEqual({ id: 'job_1' });
    expect(headers).toMatchObject({ authorization: 'Bearer sk_x', 'idempotency-key': 'once' });
  });
});
