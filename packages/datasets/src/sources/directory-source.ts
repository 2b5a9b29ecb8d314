import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { DatasetSource } from './source.ts';

const fastest = 1;

/** Files that lie in a folder, or in one of its subfolders, which are preferred; a name in .gz also without, unpacked. */
export function directorySource(directory: string, subfolders: readonly string[] = []): DatasetSource {
  return {
    name: `the folder ${directory}`,
    async *read(file, _scratch, { signal }) {
      const unpackedName = file.name.replace(/\.gz$/, '');
      for (const folder of [...subfolders.map((name) => join(directory, name)), directory]) {
        if (await exists(join(folder, file.name))) {
          yield* createReadStream(join(folder, file.name), { signal });
          return;
        }
        if (await exists(join(folder, unpackedName))) {
          const unpacked = createReadStream(join(folder, unpackedName), { signal });
          // What goes wrong reaches whoever reads the last stream.
          yield* pipeline(unpacked, createGzip({ level: fastest }), () => {});
          return;
        }
      }
      throw new Error(`ENOENT: neither ${file.name} nor ${unpackedName}`);
    },
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
