import { CodedError, type ErrorCode } from '@spikefit/contracts';
import {
  type Dtype,
  dtypes,
  lengthFieldBytes,
  metadataKey,
  type SafeTensor,
  type SafeTensorsFile,
} from './tensor.ts';

/** The format's own limit for its header. */
const maxHeaderBytes = 100_000_000;

/**
 * Reads a safetensors file. Every tensor is copied out, so it is aligned and outlives `bytes`.
 * Throws `code` (default `artifact.invalid`) naming what is wrong where: a file cut short, a header that is no JSON of
 * the format, shapes that disagree with offsets, tensors that overlap or leave gaps.
 */
export function readSafetensors(
  bytes: Uint8Array,
  { code = 'artifact.invalid' }: { code?: ErrorCode } = {},
): SafeTensorsFile {
  const fail = (detail: string, cause?: unknown): CodedError => new CodedError(code, detail, { cause });
  if (bytes.length < lengthFieldBytes)
    throw fail(`the file has ${bytes.length} bytes: its header length is missing`);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  const available = bytes.length - lengthFieldBytes;
  if (declared > BigInt(Math.min(available, maxHeaderBytes))) {
    throw fail(`the header should have ${declared} bytes, the file has ${available} after the length`);
  }
  const headerBytes = Number(declared);
  const header = parseHeader(bytes.subarray(lengthFieldBytes, lengthFieldBytes + headerBytes), fail);
  const payload = bytes.subarray(lengthFieldBytes + headerBytes);

  const tensors = new Map<string, SafeTensor>();
  const spans: { name: string; begin: number; end: number }[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) {
      if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== 'string')) {
        throw fail(`${metadataKey} holds something else than texts`);
      }
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, begin, end } = parseEntry(name, entry, payload.length, fail);
    // Uint8Array's own slice: that of a Buffer would share the memory of the whole pool.
    const copy = Uint8Array.prototype.slice.call(payload, begin, end);
    tensors.set(name, { dtype, shape, data: new dtypes[dtype].array(copy.buffer) });
    spans.push({ name, begin, end });
  }
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of spans) {
    if (begin !== position)
      throw fail(`tensor "${name}" starts at byte ${begin} of the data, not at ${position}`);
    position = end;
  }
  if (position !== payload.length) {
    throw fail(`the tensors end at byte ${position} of the data, the file at ${payload.length}`);
  }
  return { metadata, tensors };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

type Fail = (detail: string, cause?: unknown) => CodedError;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail('the header is no JSON in UTF-8', cause);
  }
  if (!isRecord(header)) throw fail('the header is no JSON object');
  return header;
}

function parseEntry(
  name: string,
  entry: unknown,
  payloadBytes: number,
  fail: Fail,
): { dtype: Dtype; shape: number[]; begin: number; end: number } {
  if (!isRecord(entry)) throw fail(`the header's entry of tensor "${name}" is no object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype)) {
    throw fail(`tensor "${name}" has the element type ${JSON.stringify(dtype)}, which is not known here`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) throw fail(`tensor "${name}" has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw fail(`tensor "${name}" has no valid data_offsets`);
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > payloadBytes) {
    throw fail(`tensor "${name}" lies at bytes ${begin} to ${end}, the file has ${payloadBytes}`);
  }
  const known = dtype as Dtype;
  const expected = shape.reduce((product, size) => product * size, dtypes[known].bytes);
  if (expected !== end - begin) {
    throw fail(
      `tensor "${name}" of shape [${shape.join(', ')}] needs ${expected} bytes and has ${end - begin}`,
    );
  }
  return { dtype: known, shape, begin, end };
}
