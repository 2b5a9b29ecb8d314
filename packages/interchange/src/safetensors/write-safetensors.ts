import { CodedError } from '@spikefit/contracts';
import { dtypes, lengthFieldBytes, metadataKey, type SafeTensor } from './tensor.ts';

/**
 * One safetensors file: header length (8 bytes, little-endian), JSON header padded with spaces to a multiple of 8,
 * then the tensors without gaps, the widest elements first and by name among equals, so that every one is aligned.
 * Equal input gives equal bytes. Throws `internal.error` when data and shape disagree. Little-endian hosts only, as
 * all that Node runs on.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const entries = Object.entries(tensors).sort(
    ([a, one], [b, other]) => dtypes[other.dtype].bytes - dtypes[one.dtype].bytes || byName(a, b),
  );
  const header: Record<string, unknown> = {};
  const names = Object.keys(metadata).sort(byName);
  if (names.length > 0) header[metadataKey] = Object.fromEntries(names.map((name) => [name, metadata[name]]));
  let offset = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const elements = shape.reduce((product, size) => product * size, 1);
    if (elements !== data.length || !(data instanceof dtypes[dtype].array) || name === metadataKey) {
      throw new CodedError(
        'internal.error',
        `tensor "${name}" is no ${dtype} of shape [${shape.join(', ')}]`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(lengthFieldBytes + headerBytes + offset).fill(
    0x20,
    0,
    lengthFieldBytes + headerBytes,
  );
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(text, lengthFieldBytes);
  let position = lengthFieldBytes + headerBytes;
  for (const [, { data }] of entries) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return file;
}
