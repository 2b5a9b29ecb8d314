/** The only reader of the process environment in this package: caches, programs on the path, pip's settings. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export const processEnvironment: Environment = process.env;

/** Where downloads and builds that outlive a checkout go. It may not exist yet. */
export function cacheFolder(environment: Environment = processEnvironment): string {
  return path.join(environment.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'spikefit');
}

/** The first executable of that name on PATH, then in `extraFolders`. */
export function findProgram(name: string, extraFolders: readonly string[] = []): string | undefined {
  const folders = (processEnvironment.PATH ?? '').split(path.delimiter).filter(Boolean);
  return [...folders, ...extraFolders]
    .map((folder) => path.join(folder, name))
    .find((candidate) => isExecutable(candidate));
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
