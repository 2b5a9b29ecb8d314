import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectInfo } from './object-store.ts';
import { toStorageError } from './storage-error.ts';

/** All files below `root` whose key starts with `prefix`, in the order of their keys, as S3 lists them. */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const above = prefix.split('/').slice(0, -1);
  yield* listFolder(path.join(root, ...above), above.map((part) => `${part}/`).join(''), prefix);
}

async function* listFolder(folder: string, keyOfFolder: string, prefix: string): AsyncGenerator<ObjectInfo> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    const coded = toStorageError(error, keyOfFolder);
    if (coded.code === 'object.not-found') return [];
    throw coded;
  });
  // In keys a folder's name goes on with "/", which sorts after "-" and "." and before letters.
  const named = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => ({ entry, key: keyOfFolder + entry.name + (entry.isDirectory() ? '/' : '') }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  for (const { entry, key } of named) {
    if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* listFolder(file, key, prefix);
    else if (entry.isFile() && key.startsWith(prefix)) {
      const found = await stat(file).catch(() => null);
      // Deleted meanwhile.
      if (found !== null) yield { key, bytes: found.size, modifiedAt: found.mtime };
    }
  }
}
