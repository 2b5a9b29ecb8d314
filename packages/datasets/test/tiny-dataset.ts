import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { DataFile } from '../src/dataset-files.ts';

/** A data file made in memory: its gzip bytes and what would be pinned of it. */
export interface TinyFile {
  readonly file: DataFile;
  readonly content: Uint8Array;
  readonly packed: Uint8Array;
}

export function tinyFile(name: string, content: Uint8Array): TinyFile {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { file: { name, sha256, bytes: content.byteLength }, content, packed: gzipSync(content) };
}

/** An IDX file; `magic` and `sizes` may be wrong on purpose. */
export function idx(sizes: readonly number[], data: Uint8Array, magic = 0x0800 + sizes.length): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  header.setUint32(0, magic);
  for (const [i, size] of sizes.entries()) header.setUint32(4 + 4 * i, size);
  return Buffer.concat([new Uint8Array(header.buffer), data]);
}

export const bytes = (count: number, of: (i: number) => number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => of(i));
