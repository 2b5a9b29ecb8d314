export interface MatrixProductShape {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** One matrix for every index of the batch. */
  readonly repeatA: boolean;
  readonly repeatB: boolean;
}

/** c [batch, rows, columns] = op(a) · op(b) + bias [columns] */
export function matrixProduct(
  shape: MatrixProductShape,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const { batch, rows, columns, depth, transposeA, transposeB } = shape;
  const c = new Float64Array(batch * rows * columns);
  for (let index = 0; index < batch; index += 1) {
    const startA = shape.repeatA ? 0 : index * rows * depth;
    const startB = shape.repeatB ? 0 : index * depth * columns;
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        let sum = bias?.[column] ?? 0;
        for (let k = 0; k < depth; k += 1) {
          const left = a[startA + (transposeA ? k * rows + row : row * depth + k)]!;
          const right = b[startB + (transposeB ? column * depth + k : k * columns + column)]!;
          sum += left * right;
        }
        c[(index * rows + row) * columns + column] = sum;
      }
    }
  }
  return c;
}
