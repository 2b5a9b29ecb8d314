import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DataFile } from './dataset-files.ts';

/**
 * Decompresses a file as a stream and compares size and SHA-256 of its content with what is pinned.
 * Answers null when they agree, else what is wrong, in words. Reads no further than one byte too many.
 * Rejects only when the file cannot be read (ENOENT, EACCES …).
 */
export async function verifyFile(path: string, expected: DataFile): Promise<string | null> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(createReadStream(path), createGunzip(), async (content: AsyncIterable<Buffer>) => {
      for await (const chunk of content) {
        bytes += chunk.byteLength;
        if (bytes > expected.bytes) return;
        hash.update(chunk);
      }
    });
  } catch (error) {
    // Leaving the loop early aborts the streams; that is the answer below, not an error.
    const isZlib = ((error as NodeJS.ErrnoException).code ?? '').startsWith('Z_');
    if (isZlib) return `it is not a whole gzip file (${(error as Error).message})`;
    if (bytes <= expected.bytes) throw error;
  }
  if (bytes > expected.bytes) return `its content is longer than ${expected.bytes} bytes`;
  if (bytes < expected.bytes) return `its content has ${bytes} bytes, not ${expected.bytes}`;
  const sha256 = hash.digest('hex');
  return sha256 === expected.sha256
    ? null
    : `the SHA-256 of its content is ${sha256}, not ${expected.sha256}`;
}
