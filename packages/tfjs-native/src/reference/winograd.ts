import { toBfloat16 } from './bfloat16.ts';
import type { ConvolutionShape } from './convolution.ts';

type Four<T> = [T, T, T, T];
const f = Math.fround;

/** Bᵀ, G and Aᵀ of F(2 × 2, 3 × 3), the first two rounded to float32 after each operation. */
const input = ([a, b, c, d]: Four<number>): Four<number> => [f(a - c), f(b + c), f(c - b), f(b - d)];
function filterPoints([a, b, c]: readonly [number, number, number]): Four<number> {
  const [ends, middle] = [f(f(a + c) * 0.5), f(b * 0.5)];
  return [a, f(ends + middle), f(ends - middle), c];
}
const output = ([a, b, c, d]: Four<number>): [number, number] => [a + b + c, b - c - d];

const four = <T>(of: (index: number) => T): Four<T> => [of(0), of(1), of(2), of(3)];
/** Applies `pass` to the columns, then to the rows of what that gives. */
function both(tile: (row: number, column: number) => number): Four<Four<number>> {
  const columns = four((c) => input(four((r) => tile(r, c))));
  return four((r) => input(four((c) => columns[c]![r]!)));
}

/**
 * dx [N, H, W, I] of a convolution with a 3 × 3 filter and strides of 1, by Winograd's minimal filtering with the
 * transformed dy and the transformed filter rounded to bfloat16; sums in double.
 */
export function winogradInputGradientBfloat16(
  shape: ConvolutionShape,
  dy: ArrayLike<number>,
  filter: ArrayLike<number>,
): Float64Array {
  const { batch, inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels } = shape;
  const [top, left] = [2 - shape.padTop, 2 - shape.padLeft];
  const dyAt = (n: number, y: number, x: number, o: number): number =>
    y < 0 || y >= outputHeight || x < 0 || x >= outputWidth
      ? 0
      : dy[((n * outputHeight + y) * outputWidth + x) * outputChannels + o]!;
  /** [o][i][row][column] of G g Gᵀ, the taps in reverse order. */
  const points = Array.from({ length: outputChannels }, (_o, o) =>
    Array.from({ length: inputChannels }, (_i, i) => {
      const tap = (r: number, c: number): number =>
        filter[((8 - 3 * r - c) * inputChannels + i) * outputChannels + o]!;
      const columns = [0, 1, 2].map((c) => filterPoints([tap(0, c), tap(1, c), tap(2, c)]));
      return four((r) => filterPoints([columns[0]![r]!, columns[1]![r]!, columns[2]![r]!]).map(toBfloat16));
    }),
  );
  const dx = new Float64Array(batch * inputHeight * inputWidth * inputChannels);
  for (let n = 0; n < batch; n += 1) {
    for (let y = 0; y < inputHeight; y += 2) {
      for (let x = 0; x < inputWidth; x += 2) {
        const tiles = Array.from({ length: outputChannels }, (_, o) =>
          both((r, c) => dyAt(n, y + r - top, x + c - left, o)).map((row) => row.map(toBfloat16)),
        );
        for (let i = 0; i < inputChannels; i += 1) {
          const m = (r: number, c: number): number =>
            tiles.reduce((sum, tile, o) => sum + tile[r]![c]! * points[o]![i]![r]![c]!, 0);
          const columns = four((c) => output(four((r) => m(r, c))));
          for (const r of [0, 1] as const) {
            const row = output(four((c) => columns[c]![r]));
            for (const c of [0, 1] as const) {
              if (y + r >= inputHeight || x + c >= inputWidth) continue;
              dx[((n * inputHeight + y + r) * inputWidth + x + c) * inputChannels + i] = row[c];
            }
          }
        }
      }
    }
  }
  return dx;
}
