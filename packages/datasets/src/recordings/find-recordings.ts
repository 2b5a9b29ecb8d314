import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptFile } from '../formats/corrupt-file.ts';

/** One sample: a file of events and its class. */
export interface Recording {
  readonly path: string;
  readonly label: number;
}

export interface FoundRecordings {
  readonly train: readonly Recording[];
  readonly test: readonly Recording[];
  /** Whether the files have no test samples, and the last of the training samples were taken for them. */
  readonly isTestHeldOut: boolean;
}

/** Of a list without test samples, the share that is kept for testing. */
const heldOutShare = 0.2;

/**
 * The recordings in a folder, or null when it holds none. Two layouts are known: that of the authors, `Train/5/00001.bin`
 * and `Test/…`, and numbered files `1.bs2` or `1.bin` with lists train*.txt and test*.txt of lines "number class".
 * A list without its test counterpart gives its last fifth for testing.
 * Throws `dataset.corrupt` with file and line where a list cannot be read or names a class that does not exist.
 */
export async function findRecordings(directory: string, classes: number): Promise<FoundRecordings | null> {
  const names = await namesIn(directory);
  if (hasClassFolders(names)) {
    const train = await ofClassFolders(join(directory, 'Train'), classes);
    const test = await ofClassFolders(join(directory, 'Test'), classes);
    return { train, test, isTestHeldOut: false };
  }
  const [trainLists, testLists] = [listsIn(names, 'train'), listsIn(names, 'test')];
  if (trainLists.length === 0) return null;
  const present = new Set(names);
  const all = await ofLists(directory, trainLists, present, classes);
  if (testLists.length > 0) {
    const test = await ofLists(directory, testLists, present, classes);
    return { train: all, test, isTestHeldOut: false };
  }
  const kept = all.length - Math.round(all.length * heldOutShare);
  return { train: all.slice(0, kept), test: all.slice(kept), isTestHeldOut: true };
}

/** Whether a folder looks as if `findRecordings` could read it. */
export async function holdsRecordings(directory: string): Promise<boolean> {
  const names = await namesIn(directory);
  return hasClassFolders(names) || listsIn(names, 'train').length > 0;
}

const namesIn = (directory: string) => readdir(directory).catch((): string[] => []);
const hasClassFolders = (names: readonly string[]) => names.includes('Train') && names.includes('Test');
const listsIn = (names: readonly string[], split: 'train' | 'test') =>
  names.filter((name) => name.startsWith(split) && name.endsWith('.txt')).sort();

async function ofClassFolders(directory: string, classes: number): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (let label = 0; label < classes; label++) {
    const folder = join(directory, String(label));
    const names = await namesIn(folder);
    for (const name of names.filter((entry) => entry.endsWith('.bin')).sort())
      recordings.push({ path: join(folder, name), label });
  }
  return recordings;
}

async function ofLists(
  directory: string,
  lists: readonly string[],
  present: ReadonlySet<string>,
  classes: number,
): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const list of lists) {
    const path = join(directory, list);
    const lines = (await readFile(path, 'utf8')).split(/\r?\n/);
    for (const [index, line] of lines.entries()) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const where = `line ${index + 1}`;
      const [, number, label] = /^\s*(\d+)\s+(\d+)\s*$/.exec(line) ?? [];
      if (number === undefined)
        throw corruptFile(path, `${where} is not "number class": ${line.slice(0, 40)}`);
      if (Number(label) >= classes)
        throw corruptFile(path, `${where} says class ${label}, and there are ${classes} classes`);
      const name = [`${number}.bs2`, `${number}.bin`].find((candidate) => present.has(candidate));
      if (name === undefined)
        throw corruptFile(path, `${where} names sample ${number}, and there is no ${number}.bs2`);
      recordings.push({ path: join(directory, name), label: Number(label) });
    }
  }
  return recordings;
}
