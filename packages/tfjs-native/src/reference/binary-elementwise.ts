/** a ∘ b, or b ∘ a when swapped; b is repeated if it is shorter than a. Rounded to float32. */
export function binaryElementwise(
  operation: 'add' | 'subtract' | 'multiply' | 'divide',
  swapped: boolean,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Float32Array {
  return Float32Array.from({ length: a.length }, (_, i) => {
    const [left, right] = swapped ? [b[i % b.length]!, a[i]!] : [a[i]!, b[i % b.length]!];
    if (operation === 'add') return left + right;
    if (operation === 'divide') return left / right;
    return operation === 'subtract' ? left - right : left * right;
  });
}
