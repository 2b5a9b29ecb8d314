import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureFiles } from '../src/ensure-files.ts';
import { directorySource } from '../src/sources/directory-source.ts';
import { downloadSource } from '../src/sources/download-source.ts';
import type { DatasetSource } from '../src/sources/source.ts';
import { bytes, tinyFile } from './tiny-dataset.ts';

const a = tinyFile(
  'a.gz',
  bytes(200_000, (i) => (i * i) % 251),
);
const b = tinyFile(
  'b.gz',
  bytes(5000, (i) => i % 7),
);
const files = [a.file, b.file];

let root: string;
let directory: string;
let supply: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spikefit-ensure-'));
  directory = join(root, 'cache', 'tiny');
  supply = join(root, 'supply');
  await mkdir(supply);
  await writeFile(join(supply, 'a.gz'), a.packed);
  await writeFile(join(supply, 'b.gz'), b.packed);
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const announced: string[] = [];
beforeEach(() => {
  announced.length = 0;
});
const ensure = (sources: readonly DatasetSource[], signal?: AbortSignal) =>
  ensureFiles({ files, directory, sources, announce: (line) => announced.push(line), signal });
const supplySource = () => directorySource(supply, ['tiny']);

async function expectComplete() {
  expect((await readdir(directory)).sort()).toEqual(['a.gz', 'b.gz']);
  expect(await readFile(join(directory, 'a.gz'))).toEqual(Buffer.from(a.packed));
  expect(await readFile(join(directory, 'b.gz'))).toEqual(Buffer.from(b.packed));
}

describe('ensureFiles', () => {
  it('copies what is missing and leaves what is right alone', async () => {
    await ensure([supplySource()]);
    await expectComplete();
    const before = await stat(join(directory, 'a.gz'));
    await ensure([]);
    expect((await stat(join(directory, 'a.gz'))).ino).toBe(before.ino);
  });

  it('accepts the same content packed otherwise, and a subfolder with the name of the data set', async () => {
    await mkdir(join(root, 'data', 'tiny'), { recursive: true });
    await writeFile(join(root, 'data', 'tiny', 'a.gz'), gzipSync(a.content, { level: 1 }));
    await writeFile(join(root, 'data', 'tiny', 'b.gz'), gzipSync(b.content, { level: 0 }));
    await ensure([directorySource(join(root, 'data'), ['tiny'])]);
    expect((await readdir(directory)).sort()).toEqual(['a.gz', 'b.gz']);
  });

  it('packs a file that lies there unpacked', async () => {
    await rm(join(supply, 'a.gz'));
    await writeFile(join(supply, 'a'), a.content);
    await ensure([supplySource()]);
    expect(gunzipSync(await readFile(join(directory, 'a.gz')))).toEqual(Buffer.from(a.content));
  });

  it('passes on what the user must do', async () => {
    await rm(join(supply, 'a.gz'));
    const request = { files, directory, sources: [supplySource()], announce() {}, signal: undefined };
    await expect(ensureFiles({ ...request, instructions: 'Fetch it by hand' })).rejects.toThrow(
      `a.gz was found nowhere; Fetch it by hand, or put it into ${directory}`,
    );
  });

  it('replaces a damaged file in the cache and says so', async () => {
    await ensure([supplySource()]);
    await writeFile(join(directory, 'a.gz'), a.packed.subarray(0, 1000));
    await ensure([supplySource()]);
    await expectComplete();
    expect(announced).toEqual([
      expect.stringMatching(/a\.gz is damaged and is fetched again: it is not a whole gzip file/),
    ]);
  });

  it('goes on to the next source when one is damaged, and takes each file from where it is', async () => {
    const damaged = join(root, 'damaged');
    await mkdir(damaged);
    await writeFile(join(damaged, 'a.gz'), gzipSync(a.content.map((value) => value ^ 1)));
    await writeFile(join(damaged, 'b.gz'), b.packed);
    await rm(join(supply, 'b.gz'));
    await ensure([directorySource(damaged, ['tiny']), supplySource()]);
    await expectComplete();
  });

  it('says what was tried, and leaves no half-written file', async () => {
    await writeFile(join(supply, 'a.gz'), gzipSync(a.content.subarray(1)));
    const failure = ensure([directorySource(join(root, 'nowhere'), ['tiny']), supplySource()]);
    await expect(failure).rejects.toMatchObject({ code: 'dataset.unavailable' });
    await expect(failure).rejects.toThrow(`a.gz was found nowhere; put it into ${directory}`);
    await expect(failure).rejects.toThrow('nowhere: ENOENT');
    await expect(failure).rejects.toThrow('its content has 199999 bytes, not 200000');
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ['a longer content', gzipSync(Buffer.concat([a.content, Buffer.of(1)])), 'longer than 200000 bytes'],
    ['a bomb', gzipSync(Buffer.alloc(50_000_000)), 'longer than 200000 bytes'],
    ['another content', gzipSync(a.content.map((value) => value ^ 1)), 'the SHA-256 of its content is'],
    ['a text', Buffer.from('<html></html>'), 'not a whole gzip file'],
    ['nothing', Buffer.alloc(0), 'damaged there'],
  ])('refuses %s', async (_, content, reason) => {
    await writeFile(join(supply, 'a.gz'), content);
    await expect(ensure([supplySource()])).rejects.toThrow(reason);
    expect(await readdir(directory)).toEqual([]);
  });

  it('tells a full disk from a missing file, and asks no further source', async () => {
    const full: DatasetSource = {
      name: 'full',
      async *read() {
        yield a.packed.subarray(0, 100);
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      },
    };
    await expect(ensure([full, supplySource()])).rejects.toMatchObject({ code: 'storage.full' });
    expect(await readdir(directory)).toEqual([]);
  });

  it('says when the cache cannot be made', async () => {
    await writeFile(join(root, 'cache'), 'a file where a folder should be');
    await expect(ensure([supplySource()])).rejects.toMatchObject({
      code: 'dataset.unavailable',
      detail: expect.stringContaining(directory),
    });
  });

  it('reads from a cache that it may not write to', async () => {
    await ensure([supplySource()]);
    await chmod(directory, 0o500);
    await ensure([]);
    await chmod(directory, 0o700);
  });

  it('removes what a killed process left a day ago, and only that', async () => {
    await mkdir(join(directory, '.partial-old'), { recursive: true });
    await writeFile(join(directory, '.partial-old', 'a.gz'), 'half');
    await mkdir(join(directory, '.partial-new'));
    await utimes(join(directory, '.partial-old'), 1, 1);
    await ensure([supplySource()]);
    expect((await readdir(directory)).sort()).toEqual(['.partial-new', 'a.gz', 'b.gz']);
  });

  it('stops before the next file when it is told to, with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('shutting down');
    const slow: DatasetSource = {
      name: 'slow',
      async *read() {
        yield a.packed.subarray(0, 100);
        stop.abort(reason);
        yield a.packed.subarray(100);
      },
    };
    await expect(ensure([slow, supplySource()], stop.signal)).rejects.toBe(reason);
    expect(await readdir(directory)).toEqual(['a.gz']);
  });

  it('may be called by several processes at once', async () => {
    // The compiled module, because the processes run without vitest.
    const module = fileURLToPath(new URL('../dist/ensure-files.js', import.meta.url));
    const source = fileURLToPath(new URL('../dist/sources/directory-source.js', import.meta.url));
    const script = `
      import { ensureFiles } from ${JSON.stringify(module)};
      import { directorySource } from ${JSON.stringify(source)};
      await ensureFiles({ files: ${JSON.stringify(files)}, directory: ${JSON.stringify(directory)},
        sources: [directorySource(${JSON.stringify(supply)}, ['tiny'])], announce() {}, signal: undefined });`;
    const processes = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
    );
    const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    await expectComplete();
  });
});

describe('downloadSource', () => {
  let server: Server;
  let base: string;
  const answers = new Map<string, (respond: import('node:http').ServerResponse) => void>();
  beforeEach(async () => {
    answers.clear();
    server = createServer((request, response) => {
      const answer = answers.get(request.url ?? '');
      if (answer === undefined) response.writeHead(404).end();
      else answer(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/data/`;
    for (const { file, packed } of [a, b])
      answers.set(`/data/${file.name}`, (response) => response.end(packed));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('fetches, also through a redirect, and announces each file', async () => {
    answers.set('/data/a.gz', (response) => response.writeHead(302, { location: '/elsewhere' }).end());
    answers.set('/elsewhere', (response) => response.end(a.packed));
    await ensure([downloadSource(base)]);
    await expectComplete();
    expect(announced).toEqual([`downloading ${base}a.gz`, `downloading ${base}b.gz`]);
  });

  it('says what the server answered', async () => {
    answers.clear();
    await expect(ensure([downloadSource(base)])).rejects.toThrow(`${base}a.gz answers 404`);
  });

  it('survives a connection that breaks off', async () => {
    answers.set('/data/a.gz', (response) => {
      response.writeHead(200, { 'content-length': a.packed.length });
      response.write(a.packed.subarray(0, 500), () => response.destroy());
    });
    await expect(ensure([downloadSource(base)])).rejects.toMatchObject({ code: 'dataset.unavailable' });
    expect(await readdir(directory)).toEqual([]);
    await ensure([downloadSource(base), supplySource()]);
    await expectComplete();
  });

  it('reads no endless answer', async () => {
    answers.set('/data/a.gz', (response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
      };
      response.on('drain', more);
      more();
    });
    await expect(ensure([downloadSource(base)])).rejects.toThrow('more than 201024 bytes were sent');
  });

  it('says that nobody listens', async () => {
    await expect(ensure([downloadSource('http://127.0.0.1:1/')])).rejects.toMatchObject({
      code: 'dataset.unavailable',
    });
  });

  it('stops in the middle of a transfer', async () => {
    const stop = new AbortController();
    const reason = new Error('shutting down');
    answers.set('/data/a.gz', (response) => {
      response.write(a.packed.subarray(0, 500), () => stop.abort(reason));
    });
    await expect(ensure([downloadSource(base)], stop.signal)).rejects.toBe(reason);
    expect(await readdir(directory)).toEqual([]);
  });
});
