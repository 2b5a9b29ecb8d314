/** Files that appear under their name only when they are whole and on the disk. */

import { randomUUID } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ChecksumStream } from './checksum.ts';

/**
 * Writes a stream to a new file and on to the disk.
 * @returns what was written; on an error nothing remains
 */
export async function writeNewFile(
  file: string,
  content: Readable,
): Promise<{ sha256: string; bytes: number }> {
  const checksum = new ChecksumStream();
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await pipeline(content, checksum, (passed) => writeFile(handle, passed));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { sha256: checksum.sha256(), bytes: checksum.bytes };
  } catch (error) {
    content.destroy();
    await rm(file, { force: true });
    throw error;
  }
}

/** Writes a stream beside `file`, has it judged, and only then gives it its name. */
export async function writeWholeFile(
  file: string,
  content: Readable,
  judge: (written: { sha256: string; bytes: number }) => void,
): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  const written = await writeNewFile(partial, content);
  try {
    judge(written);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
}

/** A new name is on the disk only when its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
