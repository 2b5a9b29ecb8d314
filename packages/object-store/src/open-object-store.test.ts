import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStoreOptions } from './object-store.ts';
import { openObjectStore } from './open-object-store.ts';

const heard: IncomingHttpHeaders[] = [];
const server = createServer((request, response) => {
  heard.push(request.headers);
  response.end();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** The headers of one request of a store with these options. */
async function ask(parameters: string, options: ObjectStoreOptions): Promise<IncomingHttpHeaders> {
  const { port } = server.address() as AddressInfo;
  await using store = openObjectStore(
    `s3://bucket/prefix?endpoint=http://127.0.0.1:${port}${parameters}`,
    options,
  );
  await store.check();
  return heard.at(-1) ?? {};
}
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

test('temporary credentials send their token, lasting ones none', async () => {
  const temporary = await ask('', { credentials: { ...credentials, sessionToken: 'the-token' } });
  expect(temporary.authorization).toContain('AKIDEXAMPLE');
  expect(temporary['x-amz-security-token']).toBe('the-token');
  const lasting = await ask('', { credentials: { ...credentials, sessionToken: null } });
  expect(lasting.authorization).toContain('AKIDEXAMPLE');
  expect(lasting['x-amz-security-token']).toBeUndefined();
});

test('the region is that of the URL, else that of the configuration, else a usual one', async () => {
  const regionOf = async (parameters: string, region: string | null) =>
    (await ask(parameters, { credentials, region })).authorization?.split('/')[2];
  expect(await regionOf('&region=eu-north-1', 'ap-south-1')).toBe('eu-north-1');
  expect(await regionOf('', 'ap-south-1')).toBe('ap-south-1');
  expect(await regionOf('', null)).toBe('us-east-1');
});

test.each(['ftp://x', 's3://', 's3://b?unknown=1', 's3://key:secret@b/p', 'nothing'])(
  '%s is refused',
  (url) => {
    expect(() => openObjectStore(url)).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  },
);
