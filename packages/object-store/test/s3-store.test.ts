import type { LocalS3 } from '@spikefit/local-services';
import { throwAwayS3 } from '@spikefit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ObjectStore, openObjectStore } from '../src/index.ts';
import { collect, objectStoreContract, sha256Of } from './object-store-contract.ts';

let server: LocalS3 | undefined;
let store: ObjectStore | undefined;

const urlOf = ({ bucket, endpoint, region }: LocalS3, prefix: string): string =>
  `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint)}&region=${region}`;

beforeAll(async () => {
  server = await throwAwayS3();
  if (server !== undefined) store = openObjectStore(urlOf(server, 'some/prefix'), { credentials: server });
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

objectStoreContract(() => store);

test('stores with different prefixes share a bucket without seeing each other', async (context) => {
  if (server === undefined || store === undefined) return context.skip('there is no S3 server here');
  await using other = openObjectStore(urlOf(server, 'some/other'), { credentials: server });
  const bytes = Buffer.from('x');
  await other.put('mine', bytes, { sha256: sha256Of(bytes) });
  expect(await store.stat('mine')).toBeNull();
  expect((await collect(other.list(''))).map((found) => found.key)).toEqual(['mine']);
});

test('a server that is away, keys that are wrong', async (context) => {
  if (server === undefined) return context.skip('there is no S3 server here');
  const wrong = { accessKeyId: server.accessKeyId, secretAccessKey: 'wrong' };
  await using refused = openObjectStore(urlOf(server, ''), { credentials: wrong });
  await expect(refused.get('x')).rejects.toMatchObject({ code: 'internal.error' });
  await expect(refused.check()).rejects.toMatchObject({ code: 'service.unavailable' });
  await using away = openObjectStore('s3://bucket?endpoint=http%3A%2F%2F127.0.0.1%3A1', {
    credentials: server,
  });
  await expect(away.check()).rejects.toMatchObject({ code: 'service.unavailable' });
  await expect(away.put('x', Buffer.from('x'), { sha256: sha256Of(Buffer.from('x')) })).rejects.toMatchObject(
    {
      code: 'service.unavailable',
    },
  );
});
