import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchFromIndex, fetchWheel, type PinnedWheel } from './python-wheel.ts';

const content = Buffer.from('the bytes of a wheel');
const wheel: PinnedWheel = {
  project: 'thing',
  version: '1.0',
  file: 'thing-1.0+local-py3-none-any.whl',
  sha256: createHash('sha256').update(content).digest('hex'),
  pipArguments: [],
};

let server: Server;
let url: URL;
const seen: IncomingMessage[] = [];

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push(request);
    if (request.url === '/simple/thing/') {
      response.end(`<a href="../../files/thing-0.9-py3-none-any.whl">old</a>
        <a href="../../files/thing-1.0%2Blocal-py3-none-any.whl#sha256=abc">new</a>`);
    } else if (request.url === '/files/thing-1.0%2Blocal-py3-none-any.whl') response.end(content);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('fetchWheel', () => {
  test('follows the link of the pinned file and sends the credentials of the index', async () => {
    const bytes = await fetchWheel(wheel, [
      (pinned) => fetchFromIndex(pinned, { url, headers: { authorization: 'Basic x' } }),
    ]);
    expect(Buffer.from(bytes)).toEqual(content);
    expect(seen.map((request) => request.headers.authorization)).toEqual(['Basic x', 'Basic x']);
  });

  test('refuses other bytes, and goes on to the next way', async () => {
    const wrong = async () => new Uint8Array([1, 2, 3]);
    await expect(fetchWheel(wheel, [wrong])).rejects.toThrow(/sha256 039058c6.*expected/);
    expect(Buffer.from(await fetchWheel(wheel, [wrong, async () => content]))).toEqual(content);
  });

  test('says why each way failed', async () => {
    const index = { url, headers: {} };
    const absent = { ...wheel, file: 'thing-2.0-py3-none-any.whl' };
    const unknown = { ...wheel, project: 'nothing' };
    await expect(fetchWheel(absent, [(pinned) => fetchFromIndex(pinned, index)])).rejects.toThrow(
      /cannot fetch thing-2.0-py3-none-any.whl: .*does not list/,
    );
    await expect(fetchWheel(unknown, [(pinned) => fetchFromIndex(pinned, index)])).rejects.toThrow(
      /answered 404/,
    );
  });
});
