import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@spikefit/contracts';
import type { DataFile } from './dataset-files.ts';
import { installFile } from './install-file.ts';
import type { DatasetSource } from './sources/source.ts';
import { verifyFile } from './verify-file.ts';

export interface EnsureFilesRequest {
  readonly files: readonly DataFile[];
  /** Made when it is missing. */
  readonly directory: string;
  /** Asked in order, for each file. */
  readonly sources: readonly DatasetSource[];
  /** What the user must do where no source has a file. */
  readonly instructions?: string | null;
  /** Hears a line for the user whenever something slow begins. */
  readonly announce: (message: string) => void;
  readonly signal: AbortSignal | undefined;
}

const scratchPrefix = '.partial-';
const dayMs = 86_400_000;

/**
 * Brings every file into `directory`, whole and with the pinned checksum, or throws; see `ensureDataset`.
 * Files that are there and right are left alone.
 */
export async function ensureFiles(request: EnsureFilesRequest): Promise<void> {
  const { files, directory, announce, signal } = request;
  try {
    const missing = await missingFiles(directory, files, announce);
    if (missing.length > 0) await fetchFiles(missing, request);
  } catch (error) {
    if (error instanceof CodedError || (signal?.aborted && error === signal.reason)) throw error;
    const detail = `${directory}: ${(error as Error).message}`;
    throw new CodedError(isFull(error) ? 'storage.full' : 'dataset.unavailable', detail, { cause: error });
  }
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

async function fetchFiles(files: readonly DataFile[], request: EnsureFilesRequest): Promise<void> {
  const { directory, sources, instructions, announce, signal } = request;
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
          const content = source.read(file, scratch, { signal, announce });
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
        const advice = instructions ? `${instructions}, or put it` : 'put it';
        const detail = `${file.name} was found nowhere; ${advice} into ${directory}. Tried: ${tried.join('; ')}`;
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
