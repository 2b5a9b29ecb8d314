import { allToBfloat16, type MatrixProductShape, matrixProduct } from '../../src/reference/index.ts';
import { type KernelCase, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = readonly [batch: number, rows: number, depth: number, columns: number, repeat?: 'a' | 'b'];

const rows: readonly Row[] = [
  [1, 1, 1, 1],
  [1, 7, 5, 10],
  [1, 13, 33, 16],
  [1, 101, 20, 17],
  [1, 5, 400, 3],
  [1, 9, 901, 40],
  [1, 200, 37, 300],
  [3, 6, 11, 9],
  [2, 12, 3, 40, 'a'],
  [4, 5, 8, 6, 'b'],
  [1, 4, 0, 3],
  [1, 0, 4, 3],
  // So many columns that each task packs its own.
  [1, 7, 386, 901],
  [1, 97, 3, 903],
  [1, 3, 0, 897],
  [2, 5, 3, 899],
  [2, 4, 7, 905, 'a'],
  [3, 4, 5, 900, 'b'],
];

function caseOf(row: Row, transposeA: boolean, transposeB: boolean, seed: number): KernelCase {
  const [batch, height, depth, columns, repeat] = row;
  const shape: MatrixProductShape = {
    ...{ batch, rows: height, columns, depth, transposeA, transposeB },
    ...{ repeatA: repeat === 'a', repeatB: repeat === 'b' },
  };
  const data = random(seed);
  const a = data.uniform((shape.repeatA ? 1 : batch) * height * depth);
  const b = data.uniform((shape.repeatB ? 1 : batch) * depth * columns);
  const bias = data.uniform(columns);
  const flags = [transposeA, transposeB, shape.repeatA, shape.repeatB].map(Number);
  const dimensions = Int32Array.of(batch, height, columns, depth, ...flags);
  const transposed = `${transposeA ? 'ᵀ' : ''}·${transposeB ? 'ᵀ' : ''}`;
  return {
    title: `matrix product ${batch}×[${height}, ${depth}]${transposed}[${depth}, ${columns}] ${repeat ?? ''}`,
    run(addon) {
      const c = unfilled(batch * height * columns);
      addon.matrixProduct(dimensions, a, b, null, c);
      const withBias = unfilled(c.length);
      addon.matrixProduct(dimensions, a, b, bias, withBias);
      const rounded = unfilled(c.length);
      addon.matrixProductBfloat16(dimensions, a, b, rounded);
      return [c, withBias, rounded];
    },
    expected: () => [
      matrixProduct(shape, a, b),
      matrixProduct(shape, a, b, bias),
      matrixProduct(shape, allToBfloat16(a), allToBfloat16(b)),
    ],
    tolerance: 1e-7 * (depth + 8),
  };
}

export const matrixProductCases: readonly KernelCase[] = rows.flatMap((row, index) =>
  [0, 1, 2, 3].map((flags) => caseOf(row, (flags & 1) === 1, (flags & 2) === 2, 300 + 4 * index + flags)),
);
