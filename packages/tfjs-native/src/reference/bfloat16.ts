const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** To float32, then to the nearest bfloat16, ties to even; NaN stays NaN. */
export function toBfloat16(value: number): number {
  float[0] = value;
  if (Number.isNaN(value)) return value;
  const upper = bits[0]! >>> 16;
  const lower = bits[0]! & 0xffff;
  bits[0] = (upper + Number(lower > 0x8000 || (lower === 0x8000 && (upper & 1) === 1))) << 16;
  return float[0]!;
}

export const allToBfloat16 = (values: ArrayLike<number>): Float64Array =>
  Float64Array.from(values, toBfloat16);
