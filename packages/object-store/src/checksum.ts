import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { CodedError } from '@spikefit/contracts';

/** Passes bytes on; after its end, what went through. */
export class ChecksumStream extends Transform {
  readonly #hash = createHash('sha256');
  bytes = 0;

  override _transform(
    chunk: Buffer,
    _encoding: string,
    callback: (error: null, chunk: Buffer) => void,
  ): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
    callback(null, chunk);
  }

  /** Once, after the end: lower-case hex. */
  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** Reads to the end. */
export async function checksumOf(content: Readable): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** @throws CodedError `object.corrupt` */
export function requireChecksum(what: string, expected: string, actual: string): void {
  if (expected !== actual) {
    throw new CodedError('object.corrupt', `${what} has sha256 ${actual}, and not ${expected}`);
  }
}
