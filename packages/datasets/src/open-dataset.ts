import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CodedError } from '@spikefit/contracts';
import { type DatasetDescription, findDataset } from '@spikefit/specification';
import { type DataFile, datasetFiles } from './dataset-files.ts';
import { readIdx } from './idx.ts';
import type { Split } from './split.ts';

const gunzipAsync = promisify(gunzip);

/**
 * Reads a data set from a folder that `ensureDataset` has filled, and checks it to the last byte.
 * Throws `dataset.unavailable` when a file cannot be read, `dataset.corrupt` when one is damaged; both name the file.
 */
export async function openDataset(id: string, directory: string): Promise<{ train: Split; test: Split }> {
  const { files } = datasetFiles(id);
  const description = findDataset(id);
  const [trainImages, trainLabels, testImages, testLabels] = files;
  if (!description || !trainImages || !trainLabels || !testImages || !testLabels) {
    throw new CodedError('spec.dataset-unknown', `there is no data set "${id}"`);
  }
  const [train, test] = await Promise.all([
    readSplit(directory, trainImages, trainLabels, description.trainSamples, description),
    readSplit(directory, testImages, testLabels, description.testSamples, description),
  ]);
  return { train, test };
}

async function readSplit(
  directory: string,
  imageFile: DataFile,
  labelFile: DataFile,
  count: number,
  { shape, classes }: DatasetDescription,
): Promise<Split> {
  const [height, width, channels] = shape;
  // Grey-scale IDX files have no axis for the channel.
  const dimensions = channels === 1 ? [count, height, width] : [count, height, width, channels];
  const images = await readData(directory, imageFile, dimensions);
  const labels = await readData(directory, labelFile, [count]);
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong !== -1) {
    const problem = `label ${wrong} is ${labels[wrong]}, and there are ${classes.length} classes`;
    throw new CodedError('dataset.corrupt', `${join(directory, labelFile.name)}: ${problem}`);
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
