import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { skipAloud } from '@spikefit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ObjectStore, openObjectStore } from '../src/index.ts';
import { objectStoreContract, sha256Of } from './object-store-contract.ts';

let folder = '';
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-file-store-'));
  store = openObjectStore(`file:${folder}`);
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

objectStoreContract(() => store);

test('nothing half-written remains, and what a killed writer left goes after a day', async () => {
  const incoming = path.join(folder, '.incoming');
  expect(await readdir(incoming)).toEqual([]);
  await writeFile(path.join(incoming, 'old'), 'x');
  await utimes(path.join(incoming, 'old'), new Date(0), new Date(0));
  await writeFile(path.join(incoming, 'young'), 'x');
  await openObjectStore(`file:${folder}`).check();
  expect(await readdir(incoming)).toEqual(['young']);
  await rm(path.join(incoming, 'young'));
});

test('a store that could not be tidied up once is used when it can', async () => {
  const root = path.join(folder, 'tidied-later');
  const again = openObjectStore(`file:${root}`);
  const stray = path.join(root, '.incoming', 'a-folder');
  await mkdir(stray, { recursive: true });
  await utimes(stray, new Date(0), new Date(0));
  await expect(again.check()).rejects.toMatchObject({ code: 'service.unavailable' });
  await rm(stray, { recursive: true });
  await again.check();
});

test('a damaged object is found out', async () => {
  const bytes = Buffer.from('whole');
  await store.put('jobs/a/state', bytes, { sha256: sha256Of(bytes) });
  await writeFile(path.join(folder, 'jobs/a/state'), 'whale');
  await expect(
    store.getToFile('jobs/a/state', path.join(folder, 'out'), sha256Of(bytes)),
  ).rejects.toMatchObject({ code: 'object.corrupt' });
  await expect(store.put('jobs/a/state', bytes, { sha256: sha256Of(bytes) })).rejects.toMatchObject({
    code: 'object.exists',
  });
});

test('a folder is no object', async () => {
  await mkdir(path.join(folder, 'plain'), { recursive: true });
  await expect(store.get('plain')).rejects.toMatchObject({ code: 'object.not-found' });
  expect(await store.stat('plain')).toBeNull();
});

test('a full disk fails the write and keeps what was there', (context) => {
  const script = fileURLToPath(new URL('fill-disk.mjs', import.meta.url));
  const small = path.join(folder, 'small');
  const mount = `mkdir -p ${small} && mount -t tmpfs -o size=1m tmpfs ${small}`;
  const probe = spawnSync('unshare', ['-rm', 'sh', '-c', mount]);
  if (probe.status !== 0)
    skipAloud(context, 'a small file system cannot be mounted here, so a full disk is not tried');
  const run = spawnSync(
    'unshare',
    ['-rm', 'sh', '-c', `${mount} && exec ${process.execPath} ${script} ${small}`],
    {
      encoding: 'utf8',
    },
  );
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    code: 'storage.full',
    kept: ['first'],
    incoming: [],
    after: 'written',
  });
});

test('URLs that are none', () => {
  for (const url of [
    '',
    'ftp://x/y',
    '/tmp',
    's3:///x',
    's3://key:secret@bucket',
    's3://bucket?acl=public',
  ]) {
    expect(() => openObjectStore(url), url).toThrow(expect.objectContaining({ code: 'config.invalid' }));
  }
});
