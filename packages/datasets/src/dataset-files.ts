import { CodedError } from '@spikefit/contracts';
import { fashionMnistFiles } from './fashion-mnist.ts';

/** One gzip-compressed file of a data set. */
export interface DataFile {
  readonly name: string;
  /** Of the decompressed content: the same for every compressor, so repacked copies are as good as the original. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Where the files of a data set come from, beyond the cache and the folders that a caller names. */
export interface DatasetFiles {
  readonly files: readonly DataFile[];
  /** Folders where distributions install them. */
  readonly systemDirectories: readonly string[];
  readonly debianPackage: string | null;
  /** Base URLs; a file's name is appended. */
  readonly urls: readonly string[];
}

const known: Readonly<Record<string, DatasetFiles>> = { 'fashion-mnist': fashionMnistFiles };

/** The files of a data set. Throws `spec.dataset-unknown`. */
export function datasetFiles(id: string): DatasetFiles {
  const found = Object.hasOwn(known, id) ? known[id] : undefined;
  if (found === undefined) {
    throw new CodedError(
      'spec.dataset-unknown',
      `there is no data set "${id}"; there are: ${Object.keys(known).join(', ')}`,
    );
  }
  return found;
}
