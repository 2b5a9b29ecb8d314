import { createHash } from 'node:crypto';
import { CodedError } from '@spikefit/contracts';

/**
 * The manifest's `sha256` is that of the whole file with these 64 digits read as zeros: a flipped bit anywhere shows,
 * also where the damaged file would still be a well-formed one.
 */
const placeholder = '0'.repeat(64);
const marker = new TextEncoder().encode('"sha256":"');

export const checksumEntry = { sha256: placeholder } as const;

/** Writes the checksum over the placeholder, in place. */
export function sealChecksum(file: Uint8Array): Uint8Array {
  const position = digitsPosition(file);
  const digest = createHash('sha256').update(file).digest('hex');
  file.set(new TextEncoder().encode(digest), position);
  return file;
}

/** Throws `artifact.invalid` when the file is not the one that was sealed. */
export function verifyChecksum(file: Uint8Array): void {
  const position = digitsPosition(file);
  const stated = new TextDecoder().decode(file.subarray(position, position + placeholder.length));
  const digest = createHash('sha256')
    .update(file.subarray(0, position))
    .update(placeholder)
    .update(file.subarray(position + placeholder.length))
    .digest('hex');
  if (stated !== digest)
    throw new CodedError('artifact.invalid', `the file's checksum is ${digest}, it should be ${stated}`);
}

function digitsPosition(file: Uint8Array): number {
  const at = Buffer.from(file.buffer, file.byteOffset, file.byteLength).indexOf(marker);
  if (at === -1 || at + marker.length + placeholder.length > file.length) {
    throw new CodedError('artifact.invalid', 'the manifest has no checksum');
  }
  return at + marker.length;
}
