import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@spikefit/contracts';
import { type DataFile, datasetFiles } from './dataset-files.ts';
import { installFile } from './install-file.ts';
import { debianPackageSource } from './sources/debian-package-source.ts';
import { directorySource } from './sources/directory-source.ts';
import { downloadSource } from './sources/download-source.ts';
import type { DatasetSource } from './sources/source.ts';
import { verifyFile } from './verify-file.ts';

export interface EnsureDatasetOptions {
  /** Folder for data sets; each gets a subfolder named after it and its checksums. Made when it is missing. */
  readonly cacheDirectory: string;
  /** Folders to look in before any other place. */
  readonly searchDirectories?: readonly string[];
  /** Hears a line for the user whenever something slow begins. */
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Places to look in, in place of the usual ones. */
  readonly sources?: readonly DatasetSource[];
}

const scratchPrefix = '.partial-';
const dayMs = 86_400_000;

/**
 * Makes sure that all files of a data set lie in the cache, and answers their folder. What is there is checked, and
 * fetched again when it is damaged. Looks in `searchDirectories`, in the folder of the distribution's package, in that
 * package downloaded for the purpose, and at the canonical addresses, in this order and for each file.
 * Any number of processes may call it at once.
 * Throws `spec.dataset-unknown`, `storage.full`, or `dataset.unavailable` that says what was tried.
 */
export async function ensureDataset(id: string, options: EnsureDatasetOptions): Promise<string> {
  const { files, systemDirectories, debianPackage, urls } = datasetFiles(id);
  const directory = join(options.cacheDirectory, `${id}-${contentKey(files)}`);
  const announce = options.onProgress ?? (() => {});
  try {
    const missing = await missingFiles(directory, files, announce);
    if (missing.length === 0) return directory;
    const sources = options.sources ?? [
      ...(options.searchDirectories ?? []).map((folder) => directorySource(folder, id)),
      ...systemDirectories.map((folder) => directorySource(folder, id)),
      ...(debianPackage === null ? [] : [debianPackageSource(debianPackage, systemDirectories)]),
      ...urls.map(downloadSource),
    ];
    await fetchFiles(missing, directory, sources, announce, options.signal);
    return directory;
  } catch (error) {
    if (error instanceof CodedError) throw error;
    const { message } = error as Error;
    throw new CodedError(isFull(error) ? 'storage.full' : 'dataset.unavailable', `${directory}: ${message}`, {
      cause: error,
    });
  }
}

/** Twelve digits that change with any checksum, so that a data set of another version gets another folder. */
function contentKey(files: readonly DataFile[]): string {
  const sums = files.map(({ name, sha256 }) => `${name} ${sha256}\n`);
  return createHash('sha256').update(sums.join('')).digest('hex').slice(0, 12);
}

async function missingFiles(
  directory: string,
  files: readonly DataFile[],
  announce: (message: string) => void,
): Promise<DataFile[]> {
  const missing: DataFile[] = [];
  for (const file of files) {
    const path = join(directory, file.name);
    try {
      const problem = await verifyFile(path, file);
      if (problem === null) continue;
      announce(`${path} is damaged and is fetched again: ${problem}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    missing.push(file);
  }
  return missing;
}

async function fetchFiles(
  files: readonly DataFile[],
  directory: string,
  sources: readonly DatasetSource[],
  announce: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(join(directory, scratchPrefix));
  try {
    await removeAbandoned(directory, scratch);
    for (const file of files) {
      const tried: string[] = [];
      let done = false;
      for (const source of sources) {
        signal?.throwIfAborted();
        try {
          const content = await source.open(file, scratch, { signal, announce });
          await installFile(content, file, scratch, directory);
          done = true;
          break;
        } catch (error) {
          if (isFull(error)) throw error;
          tried.push(`${source.name}: ${(error as Error).message}`);
        }
      }
      signal?.throwIfAborted();
      if (!done) {
        const detail = `${file.name} was found nowhere; put it into ${directory}. Tried: ${tried.join('; ')}`;
        throw new CodedError('dataset.unavailable', detail);
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Scratch folders of processes that were killed: a day older than ours, by the file system's own clock. */
async function removeAbandoned(directory: string, ours: string): Promise<void> {
  const { mtimeMs: now } = await stat(ours);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(scratchPrefix)) continue;
    const path = join(directory, name);
    const entry = await stat(path).catch(() => null);
    if (entry !== null && now - entry.mtimeMs > dayMs) await rm(path, { recursive: true, force: true });
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
