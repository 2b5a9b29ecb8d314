import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventSplit, ensureDataset, openDataset } from '../src/index.ts';
import { eventFile } from './event-file.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spikefit-recordings-'));
  folder = join(root, 'data', 'n-mnist');
  await mkdir(folder, { recursive: true });
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

/** A recording that is known by the time of its one event. */
const recording = (time: number) => eventFile([time % 34, 3, 1, time]);
const put = (name: string, content: Uint8Array | string) => writeFile(join(folder, name), content);
async function putSubset(count: number, list: string) {
  for (let i = 1; i <= count; i++) await put(`${i}.bs2`, recording(i));
  await put('train1K.txt', list);
}
const ensure = () =>
  ensureDataset('n-mnist', { cacheDirectory: join(root, 'cache'), searchDirectories: [join(root, 'data')] });
const open = async () => openDataset('n-mnist', await ensure());
const times = (split: unknown) =>
  (split as EventSplit).recordings.map((bytes) => bytes[3]! * 256 + bytes[4]!);

describe('recordings', () => {
  it('of the authors’ folders are read by class', async () => {
    for (const split of ['Train', 'Test']) {
      for (let label = 0; label < 10; label++) {
        const classFolder = join(folder, split, String(label));
        await mkdir(classFolder, { recursive: true });
        const time = (split === 'Train' ? 100 : 200) + label;
        await writeFile(join(classFolder, '00001.bin'), recording(time));
      }
    }
    await writeFile(join(folder, 'Train', '3', '00007.bin'), recording(999));
    expect(await ensure()).toBe(folder);
    const { train, test, notes } = await open();
    expect(Array.from(train.labels)).toEqual([0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9]);
    expect(times(train)).toEqual([100, 101, 102, 103, 999, 104, 105, 106, 107, 108, 109]);
    expect(times(test)).toEqual([200, 201, 202, 203, 204, 205, 206, 207, 208, 209]);
    expect(notes).toEqual([
      'The files hold a part of N-MNIST: 11 of 60000 training samples and 10 of 10000 test samples.',
    ]);
  });

  it('of a list without test samples give their last fifth for testing, and that is said', async () => {
    await putSubset(10, '#sample #class\n3\t7\n1\t0\n2 5\n4 4\n5 4\n6 4\n7 4\n8 4\n9 8\n10 9\n');
    const { train, test, notes } = await open();
    expect(times(train)).toEqual([3, 1, 2, 4, 5, 6, 7, 8]);
    expect(Array.from(train.labels.subarray(0, 3))).toEqual([7, 0, 5]);
    expect(times(test)).toEqual([9, 10]);
    expect(Array.from(test.labels)).toEqual([8, 9]);
    expect(notes.join(' ')).toMatch(/8 of 60000 training.*the last 2 of the training list/);
  });

  it('of two lists are not shared out', async () => {
    await putSubset(4, '1 1\r\n2 2\r\n');
    await put('test100.txt', '4 4\n3 3\n');
    const { train, test } = await open();
    expect(times(train)).toEqual([1, 2]);
    expect(times(test)).toEqual([4, 3]);
  });

  it.each([
    ['a line that is none', '1 1\nsample two\n', 'train1K.txt: line 2 is not "number class": sample two'],
    ['a class that does not exist', '1 10\n', 'line 1 says class 10, and there are 10 classes'],
    ['a sample that is not there', '1 1\n\n77 3\n', 'line 3 names sample 77, and there is no 77.bs2'],
  ])('are refused for a list with %s', async (_, list, problem) => {
    await putSubset(2, list);
    await expect(open()).rejects.toMatchObject({
      code: 'dataset.corrupt',
      detail: expect.stringContaining(problem),
    });
  });

  it('are refused for what they hold, with file and byte', async () => {
    await putSubset(2, '1 1\n2 2\n');
    await put('2.bs2', eventFile([1, 1, 0, 9], [1, 1, 0, 8]));
    await expect(open()).rejects.toMatchObject({
      code: 'dataset.corrupt',
      detail: expect.stringContaining(`${join(folder, '2.bs2')} at byte 5: event 1 is at 8 µs`),
    });
  });

  it('that are nowhere: the user is told what to do', async () => {
    const failure = ensure();
    await expect(failure).rejects.toMatchObject({ code: 'dataset.unavailable' });
    await expect(failure).rejects.toThrow(/SPIKEFIT_DATA_DIRECTORY.*Tried: .*data.n-mnist/);
  });
});
