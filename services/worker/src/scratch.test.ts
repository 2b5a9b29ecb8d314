import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createScratch, processIsAlive, sweepScratch } from './scratch.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spikefit-scratch-test-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('is private, apart for each attempt, and gone afterwards with its content', async () => {
  const first = await createScratch(root, 'job_1', process.pid);
  const second = await createScratch(root, 'job_1', process.pid);
  expect(first.directory).not.toBe(second.directory);
  expect((await stat(first.directory)).mode & 0o077).toBe(0);
  await mkdir(path.join(first.directory, 'inner'));
  await writeFile(path.join(first.directory, 'inner', 'state'), 'x');
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  expect(await readdir(root)).toEqual([]);
});

it('sweeps what dead workers left, and nothing else', async () => {
  const mine = await createScratch(root, 'job_mine', process.pid);
  // The largest pid that Linux can give is 2^22.
  const dead = await createScratch(root, 'job_dead', 2 ** 22 + 1);
  await mkdir(path.join(root, 'not-ours'));
  expect(await sweepScratch(root, processIsAlive)).toEqual([dead.directory]);
  expect((await readdir(root)).sort()).toEqual([path.basename(mine.directory), 'not-ours'].sort());
  expect(await sweepScratch(path.join(root, 'missing'), processIsAlive)).toEqual([]);
});
