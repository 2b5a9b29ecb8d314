import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetSource } from './source.ts';

/** Files that lie in a folder, or in its subfolder `id`. */
export function directorySource(directory: string, id: string): DatasetSource {
  return {
    name: `the folder ${directory}`,
    async *read(file, _scratch, { signal }) {
      const nested = join(directory, id, file.name);
      const isNested = await access(nested).then(
        () => true,
        () => false,
      );
      yield* createReadStream(isNested ? nested : join(directory, file.name), { signal });
    },
  };
}
