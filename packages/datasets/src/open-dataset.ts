import { CodedError, type Dataset } from '@spikefit/contracts';
import { findDataset } from '@spikefit/specification';
import { type DataFile, datasetFiles } from './dataset-files.ts';
import { readCifarSplit } from './read-cifar-split.ts';
import { readSplit } from './read-split.ts';
import { findRecordings } from './recordings/find-recordings.ts';
import { readRecordings } from './recordings/read-recordings.ts';
import type { EventSplit, ImageSplit, Split } from './split.ts';

export interface OpenDataset<S extends Split = Split> {
  readonly train: S;
  readonly test: S;
  /** What a reader of results must know of the files, such as that they are a part of the data set. */
  readonly notes: readonly string[];
}

/**
 * Reads a data set from a folder that `ensureDataset` has answered, and checks it to the last byte. Of a data set of
 * recordings the folder may hold a part.
 * Throws `dataset.unavailable` when a file cannot be read, `dataset.corrupt` when one is damaged; both name the file.
 */
export async function openDataset(id: string, directory: string): Promise<OpenDataset> {
  const stored = datasetFiles(id);
  const dataset = findDataset(id);
  if (dataset === undefined) throw new CodedError('spec.dataset-unknown', `there is no data set "${id}"`);
  switch (stored.format) {
    case 'idx':
      return openIdx(dataset, stored.files, directory);
    case 'cifar':
      return openCifar(dataset, stored.files, directory);
    case 'events':
      return openRecordings(dataset, directory);
  }
}

async function openIdx(
  { shape, classes: { length: classes }, trainSamples, testSamples }: Dataset,
  files: readonly DataFile[],
  directory: string,
): Promise<OpenDataset<ImageSplit>> {
  const [images, labels, testImages, testLabels] = files as [DataFile, DataFile, DataFile, DataFile];
  const [train, test] = await Promise.all([
    readSplit(directory, { images, labels, count: trainSamples, shape, classes }),
    readSplit(directory, { images: testImages, labels: testLabels, count: testSamples, shape, classes }),
  ]);
  return { train, test, notes: [] };
}

async function openCifar(
  { shape, classes: { length: classes }, trainSamples, testSamples }: Dataset,
  files: readonly DataFile[],
  directory: string,
): Promise<OpenDataset<ImageSplit>> {
  const rest = { shape, classes };
  const train = await readCifarSplit(directory, { files: files.slice(0, -1), count: trainSamples, ...rest });
  const test = await readCifarSplit(directory, { files: files.slice(-1), count: testSamples, ...rest });
  return { train, test, notes: [] };
}

async function openRecordings(dataset: Dataset, directory: string): Promise<OpenDataset<EventSplit>> {
  const found = await findRecordings(directory, dataset.classes.length);
  if (found === null) throw new CodedError('dataset.unavailable', `${directory} holds no recordings`);
  const train = await readRecordings(found.train, dataset.shape);
  const test = await readRecordings(found.test, dataset.shape);
  const notes: string[] = [];
  if (train.count !== dataset.trainSamples || test.count !== dataset.testSamples) {
    notes.push(
      `The files hold a part of ${dataset.name}: ${train.count} of ${dataset.trainSamples} training samples and ${test.count} of ${dataset.testSamples} test samples.`,
    );
  }
  if (found.isTestHeldOut) {
    notes.push(
      `The test samples are the last ${test.count} of the training list, which the training does not see: no figure of ${dataset.name}’s own test set.`,
    );
  }
  return { train, test, notes };
}
