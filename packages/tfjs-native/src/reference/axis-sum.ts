/** sums [outer, inner] of x [outer, reduced, inner] over the middle axis */
export function axisSum(outer: number, reduced: number, inner: number, x: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(outer * inner);
  for (let o = 0; o < outer; o += 1) {
    for (let r = 0; r < reduced; r += 1) {
      for (let i = 0; i < inner; i += 1) sums[o * inner + i]! += x[(o * reduced + r) * inner + i]!;
    }
  }
  return sums;
}
