import { homedir } from 'node:os';
import { join } from 'node:path';
import { datasetCatalogue } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { datasetFiles } from '../src/dataset-files.ts';
import { ensureDataset, type ImageSplit, openDataset, selectSamples } from '../src/index.ts';

describe('Fashion-MNIST', () => {
  it('has files for every data set of the catalogue', () => {
    for (const id of Object.keys(datasetCatalogue)) expect(datasetFiles(id).folders).not.toEqual([]);
    for (const id of ['nowhere', '__proto__', 'toString']) {
      expect(() => datasetFiles(id)).toThrow(expect.objectContaining({ code: 'spec.dataset-unknown' }));
    }
  });

  // The real files: from the cache of the user, or fetched into it.
  it('is what its authors describe', { timeout: 300_000 }, async () => {
    const directory = await ensureDataset('fashion-mnist', {
      cacheDirectory: join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'spikefit', 'datasets'),
      environment: process.env,
    });
    const opened = await openDataset('fashion-mnist', directory);
    const [train, test] = [opened.train, opened.test] as [ImageSplit, ImageSplit];
    expect([train.count, test.count]).toEqual([60_000, 10_000]);
    for (const [split, each] of [
      [train, 6000],
      [test, 1000],
    ] as const) {
      const counts = new Array<number>(10).fill(0);
      for (const label of split.labels) counts[label]!++;
      expect(counts).toEqual(new Array(10).fill(each));
      expect(split.images.length).toBe(split.count * 784);
    }
    // The first labels of the training set, and its published mean and standard deviation (0.2860, 0.3530).
    expect(Array.from(train.labels.subarray(0, 8))).toEqual([9, 0, 0, 3, 0, 2, 7, 2]);
    let sum = 0;
    let squares = 0;
    for (const value of train.images) {
      sum += value;
      squares += value * value;
    }
    const mean = sum / train.images.length / 255;
    expect(mean).toBeCloseTo(0.286, 4);
    expect(Math.sqrt(squares / train.images.length / 255 ** 2 - mean ** 2)).toBeCloseTo(0.353, 3);

    const labels = train.labels;
    const chosen = selectSamples({
      labels,
      classes: 10,
      count: 12_345,
      seed: 1,
      which: 'train',
    });
    expect(new Set(chosen).size).toBe(12_345);
  });
});
