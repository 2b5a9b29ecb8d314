import { CodedError } from '@spikefit/contracts';
import { cifar10Files } from './catalogue/cifar-10.ts';
import { fashionMnistFiles } from './catalogue/fashion-mnist.ts';
import { mnistFiles } from './catalogue/mnist.ts';
import { nMnistRecordings } from './catalogue/n-mnist.ts';

/** One gzip-compressed file of a data set. */
export interface DataFile {
  readonly name: string;
  /** Of the decompressed content: the same for every compressor, so repacked copies are as good as the original. */
  readonly sha256: string;
  readonly bytes: number;
}

interface Findable {
  /** Names of the subfolders in which copies usually lie. */
  readonly folders: readonly string[];
  /** What a user must do where nothing can be downloaded. */
  readonly instructions: string | null;
}

/** Where the files of a data set come from, beyond the cache and the folders that a caller names. */
export interface DatasetFiles extends Findable {
  readonly format: 'idx' | 'cifar';
  readonly files: readonly DataFile[];
  /** Folders where distributions install them. */
  readonly systemDirectories: readonly string[];
  readonly debianPackage: string | null;
  /** Base URLs; a file's name is appended. */
  readonly urls: readonly string[];
}

/** A data set of one file per sample, which has to lie in a folder. */
export interface DatasetRecordings extends Findable {
  readonly format: 'events';
  readonly instructions: string;
}

const known: Readonly<Record<string, DatasetFiles | DatasetRecordings>> = {
  'fashion-mnist': fashionMnistFiles,
  mnist: mnistFiles,
  'cifar-10': cifar10Files,
  'n-mnist': nMnistRecordings,
};

/** The files of a data set. Throws `spec.dataset-unknown`. */
export function datasetFiles(id: string): DatasetFiles | DatasetRecordings {
  const found = Object.hasOwn(known, id) ? known[id] : undefined;
  if (found === undefined) {
    throw new CodedError(
      'spec.dataset-unknown',
      `there is no data set "${id}"; there are: ${Object.keys(known).join(', ')}`,
    );
  }
  return found;
}
