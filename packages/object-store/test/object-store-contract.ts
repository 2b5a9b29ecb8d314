/** What every object store must do; run against each of them. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ObjectStore } from '../src/index.ts';

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** @param open gives the store, or undefined where it cannot be had: then the tests are skipped */
export function objectStoreContract(open: () => ObjectStore | undefined): void {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'spikefit-object-store-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const testStore = (name: string, run: (store: ObjectStore, root: string) => Promise<void>): void => {
    test(name, async (context) => {
      const store = open();
      if (store === undefined) return context.skip('there is no such store here');
      await run(store, `t${randomBytes(6).toString('hex')}`);
    });
  };

  testStore('bytes come back as they went in', async (store, root) => {
    for (const bytes of [new Uint8Array(0), Buffer.from('short'), randomBytes(300_000)]) {
      const key = `${root}/e1/state-${bytes.length}.safetensors`;
      const sha256 = sha256Of(bytes);
      expect(await store.put(key, bytes, { sha256 })).toEqual({ bytes: bytes.length });
      expect(Buffer.compare(await buffer(await store.get(key)), bytes)).toBe(0);
      const found = await store.stat(key);
      expect(found).toMatchObject({ key, bytes: bytes.length, sha256 });
      expect(found?.modifiedAt).toBeInstanceOf(Date);
    }
  });

  testStore('a file goes in and comes back, also a large one', async (store, root) => {
    const bytes = randomBytes(40 * 1024 * 1024 + 17);
    const source = path.join(folder, `${root}-source`);
    const target = path.join(folder, `${root}-target`);
    await writeFile(source, bytes);
    const sha256 = sha256Of(bytes);
    await store.put(`${root}/large`, { path: source }, { sha256 });
    await store.getToFile(`${root}/large`, target, sha256);
    expect(sha256Of(await readFile(target))).toBe(sha256);
    expect(await store.stat(`${root}/large`)).toMatchObject({ bytes: bytes.length, sha256 });
    const other = randomBytes(20 * 1024 * 1024);
    await expect(store.put(`${root}/large`, other, { sha256: sha256Of(other) })).rejects.toMatchObject({
      code: 'object.exists',
    });
    await rm(source);
    await rm(target);
  });

  testStore('the same again is fine, other content under the same key is not', async (store, root) => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')];
    const key = `${root}/fixed`;
    await store.put(key, one, { sha256: sha256Of(one) });
    await store.put(key, one, { sha256: sha256Of(one) });
    await expect(store.put(key, other, { sha256: sha256Of(other) })).rejects.toMatchObject({
      code: 'object.exists',
    });
    expect((await buffer(await store.get(key))).toString()).toBe('one');
  });

  testStore('of many writers of one key exactly one content wins', async (store, root) => {
    const key = `${root}/race`;
    const contents = Array.from({ length: 8 }, (_, index) => Buffer.from(`writer ${index}`));
    const results = await Promise.allSettled(
      contents.map((content) => store.put(key, content, { sha256: sha256Of(content) })),
    );
    const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'object.exists' });
    }
    expect((await buffer(await store.get(key))).toString()).toBe(`writer ${winners[0]}`);
  });

  testStore('what differs from its checksum does not become an object', async (store, root) => {
    const key = `${root}/damaged`;
    const sha256 = sha256Of(Buffer.from('meant'));
    await expect(store.put(key, Buffer.from('arrived'), { sha256 })).rejects.toMatchObject({
      code: 'object.corrupt',
    });
    const file = path.join(folder, `${root}-damaged`);
    await writeFile(file, 'arrived');
    await expect(store.put(key, { path: file }, { sha256 })).rejects.toMatchObject({
      code: 'object.corrupt',
    });
    expect(await store.stat(key)).toBeNull();
  });

  testStore('what differs from its checksum does not become a file', async (store, root) => {
    const bytes = Buffer.from('stored');
    await store.put(`${root}/x`, bytes, { sha256: sha256Of(bytes) });
    const file = path.join(folder, `${root}-out`);
    await expect(store.getToFile(`${root}/x`, file, 'f'.repeat(64))).rejects.toMatchObject({
      code: 'object.corrupt',
    });
    await expect(store.getToFile(`${root}/absent`, file, 'f'.repeat(64))).rejects.toMatchObject({
      code: 'object.not-found',
    });
    expect(existsSync(file)).toBe(false);
    expect((await readdir(folder)).filter((name) => name.startsWith(`${root}-out`))).toEqual([]);
  });

  testStore('what is not there', async (store, root) => {
    expect(await store.stat(`${root}/absent`)).toBeNull();
    await expect(store.get(`${root}/absent`)).rejects.toMatchObject({ code: 'object.not-found' });
    await store.delete(`${root}/absent`);
    expect(await collect(store.list(`${root}/`))).toEqual([]);
    await expect(
      store.put(`${root}/x`, { path: path.join(folder, 'no-such-file') }, { sha256: 'f'.repeat(64) }),
    ).rejects.toMatchObject({ code: 'internal.error' });
  });

  testStore('lists by prefix, in order of the keys', async (store, root) => {
    const names = ['a', 'a-b', 'a.c', 'b/1', 'b/2', 'b-1', 'b/1a/x', 'ba', 'c/d/e/f'];
    for (const name of names) {
      const bytes = Buffer.from(name);
      await store.put(`${root}/${name}`, bytes, { sha256: sha256Of(bytes) });
    }
    const keys = async (prefix: string) => (await collect(store.list(prefix))).map((found) => found.key);
    const ordered = names.map((name) => `${root}/${name}`).sort();
    expect(await keys(`${root}/`)).toEqual(ordered);
    expect(await keys(`${root}/b`)).toEqual(ordered.filter((key) => key.startsWith(`${root}/b`)));
    expect(await keys(`${root}/b/`)).toEqual(ordered.filter((key) => key.startsWith(`${root}/b/`)));
    expect(await keys(`${root}/b/1`)).toEqual(ordered.filter((key) => key.startsWith(`${root}/b/1`)));
    const [first] = await collect(store.list(`${root}/c`));
    expect(first).toMatchObject({ key: `${root}/c/d/e/f`, bytes: 7 });
  });

  testStore('deletes for good, and the key is free again', async (store, root) => {
    const [one, other] = [Buffer.from('one'), Buffer.from('other')];
    await store.put(`${root}/deep/er/x`, one, { sha256: sha256Of(one) });
    await store.put(`${root}/deep/y`, one, { sha256: sha256Of(one) });
    await store.delete(`${root}/deep/er/x`);
    expect((await collect(store.list(`${root}/`))).map((found) => found.key)).toEqual([`${root}/deep/y`]);
    await store.put(`${root}/deep/er/x`, other, { sha256: sha256Of(other) });
    expect((await buffer(await store.get(`${root}/deep/er/x`))).toString()).toBe('other');
  });

  testStore('writing and deleting side by side in one folder', async (store, root) => {
    const bytes = Buffer.from('x');
    const work = Array.from({ length: 20 }, async (_, index) => {
      const key = `${root}/shared/${index % 4}/k${index}`;
      await store.put(key, bytes, { sha256: sha256Of(bytes) });
      await store.delete(key);
    });
    await Promise.all(work);
    expect(await collect(store.list(`${root}/`))).toEqual([]);
  });

  testStore('keys cannot leave the store', async (store) => {
    const foreign = [
      '',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a//b',
      'a/',
      '.incoming/x',
      'a/.',
      'a\\b',
      'a\0b',
      'ä',
      '%2e%2e/x',
    ];
    const bytes = Buffer.from('x');
    for (const key of [...foreign, 'x'.repeat(600)]) {
      const refused = { code: 'internal.error' };
      await expect(store.put(key, bytes, { sha256: sha256Of(bytes) }), key).rejects.toMatchObject(refused);
      await expect(store.get(key), key).rejects.toMatchObject(refused);
      await expect(store.stat(key), key).rejects.toMatchObject(refused);
      await expect(store.delete(key), key).rejects.toMatchObject(refused);
    }
    expect(() => store.list('../')).toThrow(expect.objectContaining({ code: 'internal.error' }));
    await expect(store.put('fine', bytes, { sha256: 'not one' })).rejects.toMatchObject({
      code: 'internal.error',
    });
  });

  testStore('says that it answers', async (store) => {
    await store.check();
  });
}
