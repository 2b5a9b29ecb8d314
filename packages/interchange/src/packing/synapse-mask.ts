import { CodedError } from '@spikefit/contracts';
import { decodeArithmetic, encodeArithmetic } from './arithmetic-code.ts';
import { packBits, unpackBits } from './bitmap.ts';
import { decodeRunLengths, encodeRunLengths } from './run-lengths.ts';

export const maskEncodings = ['bitmap', 'run-lengths', 'arithmetic'] as const;
export type MaskEncoding = (typeof maskEncodings)[number];

export interface EncodedMask {
  readonly encoding: MaskEncoding;
  readonly bytes: Uint8Array;
}

/** A mask of zeros and ones in the encoding that takes the fewest bytes. `rowLength`: places of one output unit. */
export function encodeMask(present: Uint8Array, rowLength: number): EncodedMask {
  const candidates: EncodedMask[] = [
    { encoding: 'bitmap', bytes: packBits(present) },
    { encoding: 'run-lengths', bytes: encodeRunLengths(present) },
    { encoding: 'arithmetic', bytes: encodeArithmetic(present, rowLength) },
  ];
  return candidates.reduce((best, next) => (next.bytes.length < best.bytes.length ? next : best));
}

/**
 * The mask of `count` places. Throws `artifact.invalid` for bytes that the encoding does not write; `name` is what the error says.
 */
export function decodeMask(
  { encoding, bytes }: EncodedMask,
  { count, rowLength, name }: { count: number; rowLength: number; name: string },
): Uint8Array {
  switch (encoding) {
    case 'bitmap':
      return unpackBits(bytes, count, name);
    case 'run-lengths':
      return decodeRunLengths(bytes, count, name);
    case 'arithmetic': {
      // The decoder makes a mask of any bytes: whether they are a code shows when it is written again.
      const present = decodeArithmetic(bytes, count, rowLength);
      if (Buffer.compare(encodeArithmetic(present, rowLength), bytes) !== 0)
        throw new CodedError('artifact.invalid', `${name} is no arithmetic code of ${count} places`);
      return present;
    }
  }
}
