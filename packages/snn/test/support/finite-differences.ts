/** Central differences of a smooth function in double precision, by every element of `at`. */
export function finiteDifferences(
  f: (values: Float64Array) => number,
  at: ArrayLike<number>,
  step = 1e-5,
): Float64Array {
  const values = Float64Array.from(at);
  return values.map((value, i) => {
    values[i] = value + step;
    const above = f(values);
    values[i] = value - step;
    const below = f(values);
    values[i] = value;
    return (above - below) / (2 * step);
  });
}
