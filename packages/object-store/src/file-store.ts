/**
 * Objects as files below one folder. A new object is written to `.incoming/`, synced, and then linked to its name:
 * a link never replaces anything, so that two writers of one key cannot both win.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rm, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { type Clock, CodedError, systemClock } from '@spikefit/contracts';
import { checksumOf, requireChecksum } from './checksum.ts';
import { checkKey, checkPrefix, checkSha256 } from './keys.ts';
import { listFiles } from './list-files.ts';
import type { ObjectStore } from './object-store.ts';
import { readSource } from './read-source.ts';
import { answering, errorCode, toStorageError } from './storage-error.ts';
import { syncFolder, writeNewFile, writeWholeFile } from './whole-file.ts';

const incomingName = '.incoming';
/** What a writer that was killed has left is removed after this. */
const leftoverMs = 24 * 3600 * 1000;

/** @param root absolute path; made at the first write */
export function openFileStore(root: string, clock: Clock = systemClock): ObjectStore {
  const incoming = path.join(root, incomingName);
  const fileOf = (key: string): string => path.join(root, ...checkKey(key).split('/'));
  let swept: Promise<void> | undefined;

  const coded = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, key);
    }
  };

  const prepare = async (): Promise<void> => {
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    swept ??= sweepLeftovers(incoming, clock.now().getTime() - leftoverMs).catch((error: unknown) => {
      swept = undefined;
      throw error;
    });
    await swept;
  };

  const get: ObjectStore['get'] = (key) =>
    coded(key, async () => {
      const handle = await open(fileOf(key), 'r');
      if (!(await handle.stat()).isFile()) {
        await handle.close();
        throw new CodedError('object.not-found', `there is no object ${key}`);
      }
      return handle.createReadStream();
    });

  const close = async (): Promise<void> => {};

  return {
    put: (key, source, options) =>
      coded(key, async () => {
        const sha256 = checkSha256(options.sha256);
        const file = fileOf(key);
        await prepare();
        const partial = path.join(incoming, randomUUID());
        const written = await writeNewFile(partial, await readSource(source));
        try {
          requireChecksum(`what was to become ${key}`, sha256, written.sha256);
          await linkInto(partial, file, key, sha256);
        } finally {
          await rm(partial, { force: true });
        }
        return { bytes: written.bytes };
      }),

    get,

    getToFile: (key, target, sha256) =>
      coded(key, async () => {
        const content = await get(key);
        await writeWholeFile(target, content, (written) =>
          requireChecksum(`the object ${key}`, checkSha256(sha256), written.sha256),
        );
      }),

    stat: (key) =>
      coded(key, async () => {
        const file = fileOf(key);
        try {
          const found = await stat(file);
          if (!found.isFile()) return null;
          return { key, ...(await checksumOf(createReadStream(file))), modifiedAt: found.mtime };
        } catch (error) {
          if (toStorageError(error, key).code === 'object.not-found') return null;
          throw error;
        }
      }),

    delete: (key) =>
      coded(key, async () => {
        const file = fileOf(key);
        try {
          await unlink(file);
        } catch (error) {
          if (toStorageError(error, key).code !== 'object.not-found') throw error;
        }
        await removeEmptyFolders(path.dirname(file), root);
      }),

    list: (prefix) => listFiles(root, checkPrefix(prefix)),

    check: () =>
      answering(async () => {
        await prepare();
        const probe = path.join(incoming, `probe-${randomUUID()}`);
        await writeNewFile(probe, Readable.from([Buffer.from('ok')]));
        await unlink(probe);
      }),

    close,
    [Symbol.asyncDispose]: close,
  };
}

async function linkInto(partial: string, file: string, key: string, sha256: string): Promise<void> {
  const folder = path.dirname(file);
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await link(partial, file);
      await syncFolder(folder);
      return;
    } catch (error) {
      // Somebody's delete took the folder that had become empty.
      if (errorCode(error) === 'ENOENT' && attempt < 5) continue;
      if (errorCode(error) !== 'EEXIST') throw error;
      const existing = await checksumOf(createReadStream(file)).catch(() => null);
      if (existing?.sha256 === sha256) return;
      throw new CodedError('object.exists', `${key} exists with other content`, { cause: error });
    }
  }
}

/** Up to the root, as far as they are empty. A folder that somebody is filling stays: rmdir refuses it. */
async function removeEmptyFolders(folder: string, root: string): Promise<void> {
  for (let current = folder; current !== root && current.startsWith(root); current = path.dirname(current)) {
    try {
      await rmdir(current);
    } catch {
      return;
    }
  }
}

async function sweepLeftovers(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => null);
    if (found !== null && found.mtimeMs < before) await rm(file, { force: true });
  }
}
