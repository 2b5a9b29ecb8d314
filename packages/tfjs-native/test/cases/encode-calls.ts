import type { RecordedArgument, RecordedArray, RecordedCall, TypedArray } from './record-calls.ts';

/**
 * Recorded calls as one file, which test/kernel-program reads (recorded_calls.cpp). Everything is little-endian and
 * unaligned:
 *
 *     file      "calls 1\n", count: u32, call…
 *     call      title: text, kernel: text, tolerance: f64, result: value, count: u32, value…
 *     text      bytes: u32, UTF-8
 *     value     tag: u8, then: 0 undefined · 1 null · 2 boolean: f64 · 3 number: f64 · 4 text ·
 *               5 array · 6 the array of an earlier value of this call: u32
 *     array     type: u8 (napi_typedarray_type), length: u32, filled: u8, its elements if so (else the caller never
 *               wrote to it), checked: u8, the expected elements if so: f64… (else it must stay as it is)
 */
export function encodeCalls(calls: readonly RecordedCall[]): Buffer[] {
  return [Buffer.from('calls 1\n'), u32(calls.length), ...calls.flatMap(encodeCall)];
}

const arrayTypes = [
  'Int8Array',
  'Uint8Array',
  '',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
];

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function f64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

const u8 = (value: number): Buffer => Buffer.of(value);
const text = (value: string): Buffer[] => [u32(Buffer.byteLength(value)), Buffer.from(value)];
const elements = ({ buffer, byteOffset, byteLength }: TypedArray | Float64Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

function encodeArray({ array, before, expected }: RecordedArray): Buffer[] {
  const isUnfilled = before instanceof Float32Array && before.length > 0 && before.every(Number.isNaN);
  return [
    ...[u8(5), u8(arrayTypes.indexOf(array.constructor.name)), u32(array.length)],
    ...(isUnfilled ? [u8(0)] : [u8(1), elements(before)]),
    ...(expected === undefined ? [u8(0)] : [u8(1), elements(Float64Array.from(expected))]),
  ];
}

function encodeValue(value: RecordedArgument, earlier: readonly RecordedArgument[]): Buffer[] {
  if (value === undefined) return [u8(0)];
  if (value === null) return [u8(1)];
  if (typeof value === 'boolean') return [u8(2), f64(Number(value))];
  if (typeof value === 'number') return [u8(3), f64(value)];
  if (typeof value === 'string') return [u8(4), ...text(value)];
  const same = earlier.findIndex(
    (other) => typeof other === 'object' && other !== null && other.array === value.array,
  );
  return same < 0 ? encodeArray(value) : [u8(6), u32(same)];
}

function encodeCall({ title, kernel, tolerance, arguments: values, result }: RecordedCall): Buffer[] {
  return [
    ...[...text(title), ...text(kernel), f64(tolerance), ...encodeValue(result, [])],
    ...[u32(values.length), ...values.flatMap((value, i) => encodeValue(value, values.slice(0, i)))],
  ];
}
