import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSplit } from '../src/read-split.ts';
import { bytes, idx, type TinyFile, tinyFile } from './tiny-dataset.ts';

const pixels = bytes(6 * 4 * 5, (i) => (i * 11) % 256);
const classNumbers = bytes(6, (i) => i % 3);
const images = tinyFile('images.gz', idx([6, 4, 5], pixels));
const labels = tinyFile('labels.gz', idx([6], classNumbers));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spikefit-split-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const read = (imageFile: TinyFile = images, labelFile: TinyFile = labels) =>
  readSplit(directory, {
    images: imageFile.file,
    labels: labelFile.file,
    count: 6,
    shape: [4, 5, 1],
    classes: 3,
  });
const put = (name: string, content: Uint8Array) => writeFile(join(directory, name), content);

describe('readSplit', () => {
  it('gives the bytes of the files', async () => {
    await put('images.gz', images.packed);
    await put('labels.gz', labels.packed);
    const split = await read();
    expect(split.count).toBe(6);
    expect(split.shape).toEqual([4, 5, 1]);
    expect(Array.from(split.images)).toEqual(Array.from(pixels));
    expect(Array.from(split.labels)).toEqual(Array.from(classNumbers));
  });

  it('accepts another compression of the same content', async () => {
    await put('images.gz', gzipSync(images.content, { level: 1 }));
    await put('labels.gz', gzipSync(labels.content, { level: 0 }));
    expect((await read()).count).toBe(6);
  });

  const bad: [string, Uint8Array, string][] = [
    ['a truncated file', images.packed.subarray(0, images.packed.length - 12), 'not a whole gzip file'],
    ['an empty file', new Uint8Array(0), 'not a whole gzip file'],
    ['a file that is no gzip', Buffer.from('<html>not found</html>'), 'not a whole gzip file'],
    ['a flipped bit', images.packed.map((byte, i) => (i === 40 ? byte ^ 4 : byte)), 'gzip file'],
    ['a bomb', gzipSync(new Uint8Array(10_000_000)), 'not a whole gzip file of 136 bytes'],
    [
      'a wrong magic number',
      gzipSync(idx([6, 4, 5], pixels, 0x0d03)),
      'magic number is 0x00000d03, not 0x00000803',
    ],
    ['labels in place of images', labels.packed, 'too few for an IDX header'],
    ['a wrong count', gzipSync(idx([5, 4, 5], pixels)), 'the header says 5×4×5, not 6×4×5'],
    [
      'too little data',
      gzipSync(idx([6, 4, 5], pixels.subarray(1))),
      '119 bytes of data follow the header, not 120',
    ],
    ['too much data', gzipSync(idx([6, 4, 5], Buffer.concat([pixels, Buffer.of(1)]))), '121 bytes of data'],
    [
      'a changed pixel',
      gzipSync(
        idx(
          [6, 4, 5],
          pixels.map((v, i) => (i === 7 ? v + 1 : v)),
        ),
      ),
      'the SHA-256 of its content is',
    ],
  ];
  it.each(bad)('refuses %s and names the file', async (_, content, reason) => {
    await put('images.gz', content);
    await put('labels.gz', labels.packed);
    const failure = read();
    await expect(failure).rejects.toMatchObject({ code: 'dataset.corrupt' });
    await expect(failure).rejects.toThrow(join(directory, 'images.gz'));
    await expect(failure).rejects.toThrow(reason);
  });

  it('refuses a label that is no class', async () => {
    const wrong = tinyFile('labels.gz', idx([6], Uint8Array.of(0, 1, 2, 3, 0, 1)));
    await put('images.gz', images.packed);
    await put('labels.gz', wrong.packed);
    await expect(read(images, wrong)).rejects.toMatchObject({
      code: 'dataset.corrupt',
      detail: `${join(directory, 'labels.gz')} at byte 11: label 3 is 3, and there are 3 classes`,
    });
  });

  it('says which file is missing', async () => {
    await put('images.gz', images.packed);
    await expect(read()).rejects.toMatchObject({
      code: 'dataset.unavailable',
      detail: expect.stringContaining(join(directory, 'labels.gz')),
    });
  });
});
