import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CodedError, type Shape3 } from '@spikefit/contracts';
import type { DataFile } from './dataset-files.ts';
import { readIdx } from './idx.ts';
import type { Split } from './split.ts';

const gunzipAsync = promisify(gunzip);

/** What the two files of a split must hold. */
export interface ExpectedSplit {
  readonly images: DataFile;
  readonly labels: DataFile;
  readonly count: number;
  readonly shape: Shape3;
  readonly classes: number;
}

/** Reads and checks one split; throws what `openDataset` throws. */
export async function readSplit(directory: string, expected: ExpectedSplit): Promise<Split> {
  const { count, shape, classes } = expected;
  const [height, width, channels] = shape;
  // Grey-scale IDX files have no axis for the channel.
  const dimensions = channels === 1 ? [count, height, width] : [count, height, width, channels];
  const images = await readData(directory, expected.images, dimensions);
  const labels = await readData(directory, expected.labels, [count]);
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong !== -1) {
    const problem = `label ${wrong} is ${labels[wrong]}, and there are ${classes} classes`;
    throw new CodedError('dataset.corrupt', `${join(directory, expected.labels.name)}: ${problem}`);
  }
  return { images, labels, count, shape };
}

async function readData(
  directory: string,
  file: DataFile,
  dimensions: readonly number[],
): Promise<Uint8Array> {
  const path = join(directory, file.name);
  let packed: Uint8Array;
  try {
    packed = await readFile(path);
  } catch (error) {
    throw new CodedError('dataset.unavailable', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  let content: Uint8Array;
  try {
    // One byte more than is right, so that too long a file is told from a bomb, and both are refused.
    content = await gunzipAsync(packed, { maxOutputLength: file.bytes + 1 });
  } catch (error) {
    const detail = `${path}: it is not a whole gzip file of ${file.bytes} bytes (${(error as Error).message})`;
    throw new CodedError('dataset.corrupt', detail, { cause: error });
  }
  const data = readIdx(content, dimensions, path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 !== file.sha256) {
    throw new CodedError(
      'dataset.corrupt',
      `${path}: the SHA-256 of its content is ${sha256}, not ${file.sha256}`,
    );
  }
  return data;
}
