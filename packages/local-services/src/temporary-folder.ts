import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forgetFolder, watchFolder } from './reaper.ts';

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  remove(): Promise<void>;
}

/** A fresh folder that is gone when it is disposed, or else when this process ends, however it ends. */
export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), `spikefit-${name}-`));
  watchFolder(folder);
  let removal: Promise<void> | undefined;
  const remove = () => {
    removal ??= rm(folder, { recursive: true, force: true, maxRetries: 5 }).then(() => forgetFolder(folder));
    return removal;
  };
  return { path: folder, remove, [Symbol.asyncDispose]: remove };
}
