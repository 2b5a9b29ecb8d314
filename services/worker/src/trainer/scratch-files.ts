import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TrainingPorts } from '@spikefit/training';

/** The files port over one folder. */
export function scratchFiles(directory: string): TrainingPorts['files'] {
  return {
    write: async (name, bytes) => {
      const file = path.join(directory, path.basename(name));
      await writeFile(file, bytes);
      return { path: file, sha256: sha256(bytes), bytes: bytes.length };
    },
    read: (file) => readFile(file),
    remove: (file) => rm(file, { force: true }),
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
