import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CodedError } from '@spikefit/contracts';
import type { DataFile } from './dataset-files.ts';
import { corruptFile } from './formats/corrupt-file.ts';

const gunzipAsync = promisify(gunzip);

/** A whole file as it is. Throws `dataset.unavailable` when it cannot be read. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CodedError('dataset.unavailable', `${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * The decompressed content of a data file, of any length up to one byte more than is pinned, so that too long a file is
 * told from a bomb, and both are refused. Throws `dataset.unavailable` or `dataset.corrupt`.
 */
export async function readContent(path: string, file: DataFile): Promise<Uint8Array> {
  const packed = await readWhole(path);
  try {
    return await gunzipAsync(packed, { maxOutputLength: file.bytes + 1 });
  } catch (error) {
    const problem = `it is not a whole gzip file of ${file.bytes} bytes (${(error as Error).message})`;
    throw corruptFile(path, problem, { cause: error });
  }
}

/** Throws `dataset.corrupt` when the content is not what is pinned. */
export function checkSum(content: Uint8Array, path: string, file: DataFile): void {
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 !== file.sha256)
    throw corruptFile(path, `the SHA-256 of its content is ${sha256}, not ${file.sha256}`);
}
