// Stamps: the hash of a step's inputs, kept beside its outputs, so that a second run can skip the step.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot, root } from './paths.mjs';

const stampFolder = inRoot('node_modules', '.spikefit');

/**
 * sha256 over the names and contents of files (a folder stands for everything in it, but dependencies, builds and
 * generated code) and over plain values.
 * @param {string[]} files absolute paths; a missing file counts as absent, not as an error
 * @param {string[]} [values]
 */
export function hashOf(files, values = []) {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`value ${value}\n`);
  for (const file of files.flatMap(listFiles)) {
    hash.update(`file ${path.relative(root, file)}\n`);
    hash.update(existsSync(file) ? readFileSync(file) : 'absent');
  }
  return hash.digest('hex');
}

/** @param {string} file @returns {string[]} */
function listFiles(file) {
  const entries = readEntries(file);
  if (!entries) return [file];
  return entries
    .filter((entry) => !['node_modules', 'dist', 'build', 'generated'].includes(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => listFiles(path.join(file, entry.name)));
}

/** @param {string} folder */
function readEntries(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** @param {string} name @param {string} hash */
export function stampMatches(name, hash) {
  const file = path.join(stampFolder, name);
  return existsSync(file) && readFileSync(file, 'utf8') === hash;
}

/** @param {string} name @param {string} hash */
export function writeStamp(name, hash) {
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(path.join(stampFolder, name), hash);
}
