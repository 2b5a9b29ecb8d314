import { open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile } from './dataset-files.ts';
import { verifyFile } from './verify-file.ts';

/**
 * Writes a file under a name in `scratch`, checks it, and only then gives it its name in `directory`, on the same file
 * system: whoever looks there sees the whole right file or none. Two processes may do this at once; the later one
 * replaces a file by its equal. Rejects, with the reason, when the content is not what is pinned.
 */
export async function installFile(
  from: AsyncIterable<Uint8Array>,
  file: DataFile,
  scratch: string,
  directory: string,
): Promise<void> {
  const temporary = join(scratch, file.name);
  const handle = await open(temporary, 'w');
  try {
    await writeFile(handle, from);
    // On disk before it has its name: a crash of the machine must not leave a name with nothing behind it.
    await handle.sync();
  } finally {
    await handle.close();
  }
  const problem = await verifyFile(temporary, file);
  if (problem !== null) throw new Error(`${file.name} is damaged there: ${problem}`);
  await rename(temporary, join(directory, file.name));
  const folder = await open(directory);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
