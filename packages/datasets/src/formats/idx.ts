import { corruptFile } from './corrupt-file.ts';

/**
 * Reads an IDX file of unsigned bytes: big-endian magic 0x0000 08 dd with dd dimensions, dd sizes of 32 bits, the data.
 * Format: http://yann.lecun.com/exdb/mnist/. The data is a view of `bytes`, not a copy.
 * Throws `dataset.corrupt` with `file` in the message when the header or the size is not what `dimensions` says.
 */
export function readIdx(bytes: Uint8Array, dimensions: readonly number[], file: string): Uint8Array {
  const headerBytes = idxHeaderBytes(dimensions.length);
  if (bytes.byteLength < headerBytes)
    throw corruptFile(file, `${bytes.byteLength} bytes are too few for an IDX header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expectedMagic = 0x0800 + dimensions.length;
  if (magic !== expectedMagic) {
    const problem = `the magic number is 0x${hex(magic)}, not 0x${hex(expectedMagic)} (bytes in ${dimensions.length} dimensions)`;
    throw corruptFile(file, problem, { byte: 0 });
  }
  const sizes = dimensions.map((_, i) => view.getUint32(4 + 4 * i));
  if (sizes.some((size, i) => size !== dimensions[i])) {
    throw corruptFile(file, `the header says ${sizes.join('×')}, not ${dimensions.join('×')}`, { byte: 4 });
  }
  const expectedBytes = dimensions.reduce((product, size) => product * size, 1);
  const found = bytes.byteLength - headerBytes;
  if (found !== expectedBytes) {
    const problem = `${found} bytes of data follow the header, not ${expectedBytes}`;
    throw corruptFile(file, problem, { byte: headerBytes + Math.min(found, expectedBytes) });
  }
  return bytes.subarray(headerBytes);
}

export const idxHeaderBytes = (dimensions: number): number => 4 + 4 * dimensions;

const hex = (value: number): string => value.toString(16).padStart(8, '0');
