// Where things are. Everything that outlives a clone is under the cache folder; nothing else is outside it.
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** `root` joined with the given parts. @param {...string} parts */
export const inRoot = (...parts) => path.join(root, ...parts);

/** The user's cache folder for this project; it may not exist yet. */
export function cacheFolder() {
  return path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'spikefit');
}
