/** IEEE 754 binary16 as its 16 bits: 1 sign, 5 exponent, 10 fraction bits. */

export const largestFloat16 = 65504;

/** Round to nearest, ties to even; beyond the largest it becomes infinity. */
export function toFloat16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude === 0) return sign;
  // Half a unit above the largest is where rounding leaves the range.
  if (magnitude >= largestFloat16 + 16) return sign | 0x7c00;
  // Unit in the last place: 2^(exponent − 10), at least 2^−24 (subnormals).
  const exponent = Math.max(-14, exponentOf(magnitude));
  const ulp = 2 ** (exponent - 10);
  const units = roundTiesToEven(magnitude / ulp);
  const rounded = units * ulp;
  if (rounded < 2 ** -14) return sign | units;
  // A carry out of the fraction raises the exponent, which the addition does by itself.
  return sign | (((exponent + 15) << 10) + (units - 1024));
}

export function fromFloat16Bits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** ⌊log₂⌋ of a positive number, exactly. */
export function exponentOf(magnitude: number): number {
  let exponent = Math.floor(Math.log2(magnitude));
  // log2 may round across a power of two.
  if (2 ** exponent > magnitude) exponent -= 1;
  else if (2 ** (exponent + 1) <= magnitude) exponent += 1;
  return exponent;
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
