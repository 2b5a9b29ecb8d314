import { join } from 'node:path';
import type { Shape3 } from '@spikefit/contracts';
import type { DataFile } from './dataset-files.ts';
import { corruptFile } from './formats/corrupt-file.ts';
import { idxHeaderBytes, readIdx } from './formats/idx.ts';
import { checkSum, readContent } from './read-content.ts';
import type { ImageSplit } from './split.ts';

/** What the two files of a split must hold. */
export interface ExpectedSplit {
  readonly images: DataFile;
  readonly labels: DataFile;
  readonly count: number;
  readonly shape: Shape3;
  readonly classes: number;
}

/** Reads and checks one split of a data set in IDX files; throws what `openDataset` throws. */
export async function readSplit(directory: string, expected: ExpectedSplit): Promise<ImageSplit> {
  const { count, shape, classes } = expected;
  const [height, width, channels] = shape;
  // Grey-scale IDX files have no axis for the channel.
  const dimensions = channels === 1 ? [count, height, width] : [count, height, width, channels];
  const images = await readData(directory, expected.images, dimensions);
  const labels = await readData(directory, expected.labels, [count]);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong !== -1) {
    const problem = `label ${wrong} is ${labels[wrong]}, and there are ${classes} classes`;
    throw corruptFile(join(directory, expected.labels.name), problem, { byte: idxHeaderBytes(1) + wrong });
  }
  return { kind: 'images', images, labels, count, shape };
}

async function readData(
  directory: string,
  file: DataFile,
  dimensions: readonly number[],
): Promise<Uint8Array> {
  const path = join(directory, file.name);
  const content = await readContent(path, file);
  const data = readIdx(content, dimensions, path);
  checkSum(content, path, file);
  return data;
}
