import { join } from 'node:path';
import type { Shape3 } from '@spikefit/contracts';
import type { DataFile } from './dataset-files.ts';
import { readCifarBatch } from './formats/cifar.ts';
import { checkSum, readContent } from './read-content.ts';
import type { ImageSplit } from './split.ts';

export interface ExpectedBatches {
  /** Each with the same share of the samples. */
  readonly files: readonly DataFile[];
  readonly count: number;
  readonly shape: Shape3;
  readonly classes: number;
}

/** Reads and checks one split of CIFAR-10; throws what `openDataset` throws. */
export async function readCifarSplit(directory: string, expected: ExpectedBatches): Promise<ImageSplit> {
  const { files, count, shape, classes } = expected;
  const records = count / files.length;
  const length = shape[0] * shape[1] * shape[2];
  const images = new Uint8Array(count * length);
  const labels = new Uint8Array(count);
  for (const [position, file] of files.entries()) {
    const path = join(directory, file.name);
    const content = await readContent(path, file);
    const first = position * records;
    readCifarBatch(
      content,
      { records, shape, classes },
      path,
      images.subarray(first * length),
      labels.subarray(first),
    );
    checkSum(content, path, file);
  }
  return { kind: 'images', images, labels, count, shape };
}
