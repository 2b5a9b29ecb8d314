import { CodedError } from '@spikefit/contracts';
import { findDataset } from '@spikefit/specification';
import { datasetFiles } from './dataset-files.ts';
import { readSplit } from './read-split.ts';
import type { Split } from './split.ts';

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
  const { shape, trainSamples, testSamples } = description;
  const classes = description.classes.length;
  const [train, test] = await Promise.all([
    readSplit(directory, { images: trainImages, labels: trainLabels, count: trainSamples, shape, classes }),
    readSplit(directory, { images: testImages, labels: testLabels, count: testSamples, shape, classes }),
  ]);
  return { train, test };
}
