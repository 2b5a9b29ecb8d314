/** y = x · scale[c] + shift[c]; x [rows, channels] */
export function channelAffine(
  x: ArrayLike<number>,
  scale: ArrayLike<number>,
  shift: ArrayLike<number>,
): Float64Array {
  const channels = scale.length;
  return Float64Array.from(
    { length: x.length },
    (_, i) => x[i]! * scale[i % channels]! + shift[i % channels]!,
  );
}

/** dx = dy · scale[c], dScale[c] = Σ dy·x, dShift[c] = Σ dy */
export function channelAffineGradient(
  dy: ArrayLike<number>,
  x: ArrayLike<number>,
  scale: ArrayLike<number>,
): { dx: Float64Array; dScale: number[]; dShift: number[] } {
  const channels = scale.length;
  const dScale = new Array<number>(channels).fill(0);
  const dShift = new Array<number>(channels).fill(0);
  const dx = Float64Array.from({ length: x.length }, (_, i) => {
    dScale[i % channels]! += dy[i]! * x[i]!;
    dShift[i % channels]! += dy[i]!;
    return dy[i]! * scale[i % channels]!;
  });
  return { dx, dScale, dShift };
}
