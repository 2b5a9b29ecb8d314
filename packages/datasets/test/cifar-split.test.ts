import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCifarSplit } from '../src/read-cifar-split.ts';
import { bytes, tinyFile } from './tiny-dataset.ts';

// Two files of three records of 2×2 pixels in three channels, 13 bytes each.
const batch = (name: string, offset: number) =>
  tinyFile(
    name,
    bytes(39, (i) => (i % 13 === 0 ? (i / 13 + offset) % 5 : offset + i)),
  );
const batches = [batch('one.bin.gz', 1), batch('two.bin.gz', 4)] as const;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spikefit-cifar-'));
  for (const { file, packed } of batches) await writeFile(join(directory, file.name), packed);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});
const read = () =>
  readCifarSplit(directory, {
    files: batches.map(({ file }) => file),
    count: 6,
    shape: [2, 2, 3],
    classes: 5,
  });

it('joins the files in order', async () => {
  const split = await read();
  expect(split).toMatchObject({ kind: 'images', count: 6, shape: [2, 2, 3] });
  expect(Array.from(split.labels)).toEqual([1, 2, 3, 4, 0, 1]);
  const second = batches[1].content.subarray(1, 13);
  expect(Array.from(split.images.subarray(36, 48))).toEqual(
    [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11].map((i) => second[i]),
  );
});

it.each([
  ['a file of another length', gzipSync(new Uint8Array(26)), 'at byte 26: 26 bytes are not 3 records'],
  ['no gzip', Buffer.from('x'), 'not a whole gzip file'],
  ['a changed pixel', gzipSync(batches[1].content.map((v, i) => (i === 5 ? v ^ 1 : v))), 'SHA-256'],
])('refuses %s and names the file', async (_, content, problem) => {
  await writeFile(join(directory, 'two.bin.gz'), content);
  await expect(read()).rejects.toMatchObject({
    code: 'dataset.corrupt',
    detail: expect.stringMatching(new RegExp(`two\\.bin\\.gz.*${problem}`)),
  });
});

it('says which file is missing', async () => {
  await rm(join(directory, 'one.bin.gz'));
  await expect(read()).rejects.toMatchObject({
    code: 'dataset.unavailable',
    detail: expect.stringContaining('one.bin.gz'),
  });
});
