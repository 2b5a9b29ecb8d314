import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { CodedError } from '@spikefit/contracts';
import { type DataFile, type DatasetRecordings, datasetFiles } from './dataset-files.ts';
import { ensureFiles } from './ensure-files.ts';
import { holdsRecordings } from './recordings/find-recordings.ts';
import { debianPackageSource } from './sources/debian-package-source.ts';
import { directorySource } from './sources/directory-source.ts';
import { downloadSource } from './sources/download-source.ts';
import type { Environment } from './sources/proxy-variables.ts';
import type { DatasetSource } from './sources/source.ts';

export interface EnsureDatasetOptions {
  /** Folder for data sets; each gets a subfolder named after it and its checksums. Made when it is missing. */
  readonly cacheDirectory: string;
  /** A user's own folders, looked into before any other place. */
  readonly searchDirectories?: readonly string[];
  /** Hears a line for the user whenever something slow begins. */
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Variables that may name proxies (http_proxy, https_proxy, all_proxy, no_proxy) for the package manager. */
  readonly environment?: Environment;
  /** Places to look in, in place of the usual ones. */
  readonly sources?: readonly DatasetSource[];
}

/**
 * Makes sure that all files of a data set lie in the cache, and answers their folder. What is there is checked, and
 * fetched again when it is damaged. Looks in `searchDirectories`, in the folder of the distribution's package, in that
 * package downloaded for the purpose, and at the canonical addresses, in this order and for each file. A data set of
 * recordings is not copied: the answer is the first folder that holds any, of `searchDirectories` and the cache.
 * Any number of processes may call it at once.
 * Throws `spec.dataset-unknown`, `storage.full`, or `dataset.unavailable` that says what was tried; when `signal` is
 * aborted, its reason.
 */
export async function ensureDataset(id: string, options: EnsureDatasetOptions): Promise<string> {
  const stored = datasetFiles(id);
  if (stored.format === 'events') return findFolder(id, stored, options);
  const { files, folders, instructions, systemDirectories, debianPackage, urls } = stored;
  const directory = join(options.cacheDirectory, `${id}-${contentKey(files)}`);
  const sources = options.sources ?? [
    ...(options.searchDirectories ?? []).map((folder) => directorySource(folder, folders)),
    ...systemDirectories.map((folder) => directorySource(folder)),
    ...(debianPackage === null
      ? []
      : [debianPackageSource(debianPackage, systemDirectories, { environment: options.environment ?? {} })]),
    ...urls.map(downloadSource),
  ];
  await ensureFiles({
    files,
    directory,
    sources,
    instructions,
    announce: options.onProgress ?? (() => {}),
    signal: options.signal,
  });
  return directory;
}

async function findFolder(
  id: string,
  { folders, instructions }: DatasetRecordings,
  { searchDirectories = [], cacheDirectory }: EnsureDatasetOptions,
): Promise<string> {
  const tried = [...searchDirectories, cacheDirectory].flatMap((directory) =>
    folders.map((folder) => join(directory, folder)),
  );
  for (const directory of tried) if (await holdsRecordings(directory)) return directory;
  const detail = `${id} was found nowhere. ${instructions}. Tried: ${tried.join(', ')}`;
  throw new CodedError('dataset.unavailable', detail);
}

/** Twelve digits that change with any checksum, so that a data set of another version gets another folder. */
function contentKey(files: readonly DataFile[]): string {
  const sums = files.map(({ name, sha256 }) => `${name} ${sha256}\n`);
  return createHash('sha256').update(sums.join('')).digest('hex').slice(0, 12);
}
