import { CodedError } from '@spikefit/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from './read-safetensors.ts';
import type { SafeTensor } from './tensor.ts';
import { writeSafetensors } from './write-safetensors.ts';

const example: Record<string, SafeTensor> = {
  b: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
  a: { dtype: 'F32', shape: [2, 1], data: Float32Array.of(0.5, -1) },
  c: { dtype: 'I32', shape: [], data: Int32Array.of(-7) },
  empty: { dtype: 'F16', shape: [0, 4], data: new Uint16Array(0) },
};

describe('safetensors', () => {
  it('writes the published layout: length, JSON, tensors without gaps', () => {
    const file = writeSafetensors({ a: example.a! }, { z: '1', k: '2' });
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(file.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"k":"2","z":"1"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}',
    );
    expect([...file.subarray(8 + length)]).toEqual([0, 0, 0, 0x3f, 0, 0, 0x80, 0xbf]);
  });

  it('reads back what it wrote, from any offset in a larger buffer', () => {
    const file = writeSafetensors(example, { key: 'värde' });
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    const { metadata, tensors } = readSafetensors(shifted.subarray(3));
    expect(metadata).toEqual({ key: 'värde' });
    expect(Object.fromEntries(tensors)).toEqual(example);
  });

  it('gives equal bytes whatever the order of its input', () => {
    const reversed = Object.fromEntries(Object.entries(example).reverse());
    expect(writeSafetensors(reversed, { b: '1', a: '2' })).toEqual(
      writeSafetensors(example, { a: '2', b: '1' }),
    );
  });

  it('refuses to write a tensor whose data is not of its shape', () => {
    expect(() => writeSafetensors({ a: { dtype: 'F32', shape: [3], data: new Float32Array(2) } })).toThrow(
      'shape [3]',
    );
    expect(() => writeSafetensors({ a: { dtype: 'I8', shape: [3], data: new Uint8Array(3) } })).toThrow(
      'no I8',
    );
  });

  const withHeader = (header: unknown, payload = 0): Uint8Array => {
    const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const file = new Uint8Array(8 + text.length + payload);
    new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
    file.set(text, 8);
    return file;
  };
  const entry = (fields: object) => ({ dtype: 'U8', shape: [4], data_offsets: [0, 4], ...fields });

  it.each<[string, Uint8Array, string]>([
    ['no length', new Uint8Array(5), 'header length'],
    [
      'a length beyond the file',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 1),
      'header should have',
    ],
    ['a header that is no JSON', withHeader('{'), 'no JSON'],
    ['a header that is an array', withHeader([]), 'no JSON object'],
    ['an unknown type', withHeader({ a: entry({ dtype: 'BF8' }) }, 4), '"BF8"'],
    ['a type from the prototype', withHeader({ a: entry({ dtype: 'constructor' }) }, 4), '"constructor"'],
    ['a negative size', withHeader({ a: entry({ shape: [-4] }) }, 4), 'no valid shape'],
    ['a shape that disagrees', withHeader({ a: entry({ shape: [5] }) }, 4), 'needs 5 bytes'],
    [
      'a shape that overflows',
      withHeader({ a: entry({ shape: [2 ** 52, 2 ** 52, 0] }) }, 4),
      'needs 0 bytes',
    ],
    [
      'offsets beyond the file',
      withHeader({ a: entry({ data_offsets: [0, 8], shape: [8] }) }, 4),
      'the file has 4',
    ],
    ['a gap', withHeader({ a: entry({ data_offsets: [4, 8] }) }, 8), 'not at 0'],
    ['an overlap', withHeader({ a: entry({}), b: entry({ data_offsets: [2, 6] }) }, 6), 'not at 4'],
    ['bytes behind the last tensor', withHeader({ a: entry({}) }, 5), 'the file at 5'],
    ['metadata that is no text', withHeader({ __metadata__: { a: 1 } }), 'something else than texts'],
  ])('refuses %s', (_, file, message) => {
    expect(() => readSafetensors(file)).toThrow(message);
    expect(() => readSafetensors(file, { code: 'checkpoint.invalid' })).toThrow('checkpoint.invalid');
  });

  it('answers any bytes with tensors or a coded error', () => {
    const file = writeSafetensors(example, { key: 'value' });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.nat(file.length).map((length) => file.slice(0, length)),
          fc
            .tuple(fc.nat(file.length - 1), fc.nat(7))
            .map(([at, bit]) => file.map((b, i) => (i === at ? b ^ (1 << bit) : b))),
        ),
        (bytes) => {
          try {
            for (const { shape, data } of readSafetensors(bytes).tensors.values()) {
              expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(CodedError);
            expect((error as CodedError).code).toBe('artifact.invalid');
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
