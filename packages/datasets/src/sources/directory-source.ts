import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetSource } from './source.ts';

/** Files that lie in a folder, or in its subfolder `id`. */
export function directorySource(directory: string, id: string): DatasetSource {
  return {
    name: `the folder ${directory}`,
    async open(file, _scratch, { signal }) {
      let reason: unknown;
      for (const path of [join(directory, file.name), join(directory, id, file.name)]) {
        try {
          const handle = await open(path);
          return handle.createReadStream({ signal });
        } catch (error) {
          reason ??= error;
        }
      }
      throw reason;
    },
  };
}
