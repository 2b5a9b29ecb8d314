import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realData } from '@spikefit/testkit';
import { expect, it } from 'vitest';
import { type EventSplit, ensureDataset, fillBatch, openDataset } from '../src/index.ts';

it('the first 1000 training samples of N-MNIST are what they are said to be', async (context) => {
  const archive = realData('nmnist/nmnist_train_first1000.tar.gz', context);
  const root = await mkdtemp(join(tmpdir(), 'spikefit-n-mnist-'));
  try {
    await mkdir(join(root, 'n-mnist'));
    await promisify(execFile)('tar', ['xzf', archive, '-C', join(root, 'n-mnist')]);
    const directory = await ensureDataset('n-mnist', { cacheDirectory: root });
    const opened = await openDataset('n-mnist', directory);
    const [train, test] = [opened.train, opened.test] as [EventSplit, EventSplit];
    expect([train.count, test.count]).toEqual([800, 200]);
    expect(opened.notes).toHaveLength(2);
    // The labels of MNIST's first training images.
    expect(Array.from(train.labels.subarray(0, 8))).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    const events = train.recordings.reduce((sum, bytes) => sum + bytes.byteLength / 5, 0);
    expect(events / train.count).toBeGreaterThan(3900);
    expect(events / train.count).toBeLessThan(4400);

    // All events of a recording are found again in one frame.
    const out = new Float32Array(34 * 34 * 2);
    const batch = { split: train, indices: Int32Array.of(0), from: 0, to: 1, labelsOut: new Int32Array(1) };
    fillBatch({ ...batch, timeSteps: 1, out });
    const places = new Set<number>();
    const first = train.recordings[0]!;
    for (let at = 0; at < first.byteLength; at += 5)
      places.add((first[at + 1]! * 34 + first[at]!) * 2 + (first[at + 2]! >>> 7));
    expect(out.reduce((sum, value) => sum + value, 0)).toBe(places.size);
    for (const place of places) expect(out[place]).toBe(1);
  } finally {
    await rm(root, { recursive: true });
  }
});
