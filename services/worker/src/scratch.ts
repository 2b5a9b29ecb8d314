import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface Scratch extends AsyncDisposable {
  readonly directory: string;
}

const pidFile = 'owner.pid';

/** A folder for one attempt, for this user's eyes only; gone with everything in it when disposed. */
export async function createScratch(root: string, jobId: string, pid: number): Promise<Scratch> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(path.join(root, `${jobId}-`));
  await writeFile(path.join(directory, pidFile), String(pid));
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/**
 * Removes what workers on this machine left behind when they were killed: folders whose process is gone.
 * @returns the folders removed
 */
export async function sweepScratch(root: string, isAlive: (pid: number) => boolean): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const removed: string[] = [];
  for (const name of names) {
    const directory = path.join(root, name);
    const text = await readFile(path.join(directory, pidFile), 'utf8').catch(() => null);
    if (text === null || isAlive(Number(text))) continue;
    await rm(directory, { recursive: true, force: true });
    removed.push(directory);
  }
  return removed;
}

export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
