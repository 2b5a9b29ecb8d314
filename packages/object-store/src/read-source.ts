import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CodedError } from '@spikefit/contracts';
import type { ObjectSource } from './object-store.ts';

/** @throws CodedError `internal.error` when the file cannot be opened: that is the caller's doing, not the store's */
export async function readSource(source: ObjectSource): Promise<Readable> {
  if (source instanceof Uint8Array) return Readable.from([source]);
  try {
    return (await open(source.path, 'r')).createReadStream();
  } catch (error) {
    throw new CodedError('internal.error', `${source.path} cannot be read`, { cause: error });
  }
}
