import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@spikefit/contracts';
import { TestClock } from '@spikefit/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { ResolvedAddress } from './address-judge.ts';
import { maxResponseBytes, type SendOptions, send } from './send.ts';

const message = {
  body: '{"type":"job.succeeded"}',
  headers: { 'webhook-id': 'evt_1', 'content-type': 'application/json' },
};
const loopback: ResolvedAddress[] = [{ address: '127.0.0.1', family: 4 }];

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const options = (changes: Partial<SendOptions> = {}): SendOptions => ({
  clock: systemClock,
  policy: { allowPrivateAddresses: true, allowHttp: true },
  resolve: async () => loopback,
  timeoutMs: 5000,
  signal: new AbortController().signal,
  ...changes,
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe('send', () => {
  it('says of a failed TLS handshake why it failed, and nothing of OpenSSL', async () => {
    const port = await listen((_, response) => response.end());
    const outcome = await send(`https://receiver.example:${port}/`, message, options());
    expect(outcome).toMatchObject({ verdict: 'failed', statusCode: null });
    expect(outcome.error).toMatch(/^TLS failed: [a-z ]+$/);
  });

  it('posts body and headers, and takes 2xx for delivered', async () => {
    const seen: {
      body: string;
      id: string | undefined;
      method: string | undefined;
      host: string | undefined;
    }[] = [];
    const port = await listen(async (request, response) => {
      const { method, headers } = request;
      seen.push({
        body: await bodyOf(request),
        id: String(headers['webhook-id']),
        method,
        host: headers.host,
      });
      response.writeHead(204).end();
    });
    const outcome = await send(`http://receiver.example:${port}/hook?x=1`, message, options());
    expect(outcome).toMatchObject({ verdict: 'delivered', statusCode: 204, error: null });
    expect(seen).toEqual([
      { body: message.body, id: 'evt_1', method: 'POST', host: `receiver.example:${port}` },
    ]);
  });

  it.each([301, 302, 307, 308])('does not follow a redirect (%i)', async (status) => {
    let requests = 0;
    const port = await listen((_request, response) => {
      requests += 1;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const outcome = await send(`http://receiver.example:${port}/`, message, options());
    expect(outcome).toMatchObject({ verdict: 'failed', statusCode: status });
    expect(outcome.error).toContain('redirect');
    expect(requests).toBe(1);
  });

  it.each([
    [410, 'gone'],
    [404, 'failed'],
    [500, 'failed'],
  ])('takes %i for %s', async (status, verdict) => {
    const port = await listen((_request, response) => response.writeHead(status).end('no'));
    expect(await send(`http://receiver.example:${port}/`, message, options())).toMatchObject({
      verdict,
      statusCode: status,
    });
  });

  it('refuses a name when one of its addresses is private, and opens no connection', async () => {
    let requests = 0;
    const port = await listen((_request, response) => {
      requests += 1;
      response.end();
    });
    const outcome = await send(
      `https://receiver.example.com:${port}/`,
      message,
      options({
        policy: { allowPrivateAddresses: false, allowHttp: false },
        resolve: async () => [{ address: '93.184.216.34', family: 4 }, ...loopback],
      }),
    );
    expect(outcome).toMatchObject({ verdict: 'failed', statusCode: null });
    expect(outcome.error).toContain('127.0.0.1');
    expect(requests).toBe(0);
  });

  it.each([
    'http://93.184.216.34/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'https://u:p@example.com/',
    'https://localhost/',
  ])('refuses %s without asking for its address', async (url) => {
    const outcome = await send(
      url,
      message,
      options({
        policy: { allowPrivateAddresses: false, allowHttp: false },
        resolve: () => Promise.reject(new Error('must not be asked')),
      }),
    );
    expect(outcome.error).toMatch(/^refused: /);
  });

  it('connects to the judged address, whatever the name says by then', async () => {
    const port = await listen((_request, response) => response.end());
    let questions = 0;
    const outcome = await send(
      `http://rebinding.example:${port}/`,
      message,
      options({
        resolve: async () => {
          questions += 1;
          return questions === 1 ? loopback : [{ address: '127.9.9.9', family: 4 }];
        },
      }),
    );
    expect(outcome.verdict).toBe('delivered');
    expect(questions).toBe(1);
  });

  it('gives up when there is no answer in time', async () => {
    const clock = new TestClock();
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const port = await listen(() => arrive());
    const sending = send(`http://receiver.example:${port}/`, message, options({ clock, timeoutMs: 15_000 }));
    await arrived;
    await clock.advance(15_000);
    expect(await sending).toEqual({
      verdict: 'failed',
      statusCode: null,
      error: 'no answer within 15 s',
      durationMs: 15_000,
    });
  });

  it('gives up when the name is not resolved in time', async () => {
    const clock = new TestClock();
    const sending = send(
      'http://slow.example/',
      message,
      options({ clock, resolve: () => new Promise(() => {}) }),
    );
    await clock.advance(5000);
    expect((await sending).error).toBe('no answer within 5 s');
  });

  it('reads no more than a little of an endless answer', async () => {
    let sent = 0;
    const port = await listen((_request, response) => {
      const chunk = Buffer.alloc(4096, 'x');
      const more = () => {
        if (response.destroyed) return;
        sent += chunk.length;
        response.write(chunk, () => setImmediate(more));
      };
      more();
    });
    expect((await send(`http://receiver.example:${port}/`, message, options())).verdict).toBe('delivered');
    expect(sent).toBeLessThan(maxResponseBytes * 200);
  });

  it('reports a receiver that is not there', async () => {
    const port = await listen(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    const outcome = await send(`http://receiver.example:${port}/`, message, options());
    expect(outcome.verdict).toBe('failed');
    expect(outcome.error).toContain('ECONNREFUSED');
  });

  it('throws when the notifier stops, so that nothing is written down', async () => {
    const stop = new AbortController();
    const port = await listen(() => stop.abort(new Error('stop')));
    await expect(
      send(`http://receiver.example:${port}/`, message, options({ signal: stop.signal })),
    ).rejects.toThrow('stop');
  });
});
