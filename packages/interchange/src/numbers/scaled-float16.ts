import { CodedError } from '@spikefit/contracts';
import { exponentOf, fromFloat16Bits, toFloat16Bits } from './float16.ts';

/**
 * Vectors of thresholds, resets and biases in 16 bits each: float16 times one power of two (stored as F32). The power
 * puts the largest magnitude at 2^14…2^15, so that neither a large threshold overflows nor a small one loses bits:
 * relative rounding is at most 2^−11 down to 2^−28 of the largest.
 */
export interface ScaledFloat16 {
  readonly bits: Uint16Array;
  readonly scale: number;
}

const topExponent = 14;

/** Beyond it a rounded value might leave float32. */
const largestMagnitude = 2 ** 126;

/** Throws `internal.error` for values that are not finite or as large as 2^126. */
export function toScaledFloat16(values: Float32Array): ScaledFloat16 {
  let largest = 0;
  for (const value of values) {
    if (!(Math.abs(value) < largestMagnitude))
      throw new CodedError('internal.error', `${value} cannot be stored`);
    largest = Math.max(largest, Math.abs(value));
  }
  if (largest === 0) return { bits: new Uint16Array(values.length), scale: 1 };
  let exponent = exponentOf(largest) - topExponent;
  // The largest may be rounded up to 2^15; then one power higher, so that reading and writing again gives equal bits.
  if (fromFloat16Bits(toFloat16Bits(largest / 2 ** exponent)) >= 2 ** (topExponent + 1)) exponent += 1;
  const scale = 2 ** Math.max(-126, exponent);
  return { bits: Uint16Array.from(values, (value) => toFloat16Bits(value / scale)), scale };
}

export const fromScaledFloat16 = ({ bits, scale }: ScaledFloat16): Float32Array =>
  Float32Array.from(bits, (one) => fromFloat16Bits(one) * scale);
