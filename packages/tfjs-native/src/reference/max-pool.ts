export interface PoolShape {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Calls visit(y index, index of the window's maximum in x, or −1): the first in row-major order of equal ones. */
function forEachWindow(
  shape: PoolShape,
  x: ArrayLike<number>,
  visit: (yIndex: number, maximumIndex: number) => void,
): void {
  const { batch, inputHeight, inputWidth, channels, outputHeight, outputWidth } = shape;
  for (let n = 0; n < batch; n += 1) {
    for (let oh = 0; oh < outputHeight; oh += 1) {
      for (let ow = 0; ow < outputWidth; ow += 1) {
        for (let c = 0; c < channels; c += 1) {
          let best = Number.NEGATIVE_INFINITY;
          let bestIndex = -1;
          for (let kh = 0; kh < shape.filterHeight; kh += 1) {
            const ih = oh * shape.strideHeight + kh - shape.padTop;
            if (ih < 0 || ih >= inputHeight) continue;
            for (let kw = 0; kw < shape.filterWidth; kw += 1) {
              const iw = ow * shape.strideWidth + kw - shape.padLeft;
              if (iw < 0 || iw >= inputWidth) continue;
              const index = ((n * inputHeight + ih) * inputWidth + iw) * channels + c;
              if (x[index]! > best) {
                best = x[index]!;
                bestIndex = index;
              }
            }
          }
          visit(((n * outputHeight + oh) * outputWidth + ow) * channels + c, bestIndex);
        }
      }
    }
  }
}

/** y [N, H', W', C]; −∞ for a window without a comparable value. */
export function maxPoolForward(shape: PoolShape, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(shape.batch * shape.outputHeight * shape.outputWidth * shape.channels);
  forEachWindow(shape, x, (yIndex, maximumIndex) => {
    y[yIndex] = maximumIndex < 0 ? Number.NEGATIVE_INFINITY : x[maximumIndex]!;
  });
  return y;
}

/** dx [N, H, W, C] of maxPoolForward for dy [N, H', W', C] */
export function maxPoolGradient(shape: PoolShape, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const dx = new Float64Array(x.length);
  forEachWindow(shape, x, (yIndex, maximumIndex) => {
    if (maximumIndex >= 0) dx[maximumIndex]! += dy[yIndex]!;
  });
  return dx;
}
