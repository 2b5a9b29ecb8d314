import type { PoolShape } from './max-pool.ts';

/** Calls visit(y index, x index) for every input of every window. */
function forEachInput(shape: PoolShape, visit: (yIndex: number, xIndex: number) => void): void {
  const { batch, inputHeight, inputWidth, channels, outputHeight, outputWidth } = shape;
  for (let n = 0; n < batch; n += 1) {
    for (let oh = 0; oh < outputHeight; oh += 1) {
      for (let ow = 0; ow < outputWidth; ow += 1) {
        for (let kh = 0; kh < shape.filterHeight; kh += 1) {
          for (let kw = 0; kw < shape.filterWidth; kw += 1) {
            const [ih, iw] = [oh * shape.strideHeight + kh, ow * shape.strideWidth + kw];
            for (let c = 0; c < channels; c += 1) {
              visit(
                ((n * outputHeight + oh) * outputWidth + ow) * channels + c,
                ((n * inputHeight + ih) * inputWidth + iw) * channels + c,
              );
            }
          }
        }
      }
    }
  }
}

/** y [N, H', W', C]: the mean of each window; windows lie inside the image */
export function averagePoolForward(shape: PoolShape, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(shape.batch * shape.outputHeight * shape.outputWidth * shape.channels);
  const inputs = shape.filterHeight * shape.filterWidth;
  forEachInput(shape, (yIndex, xIndex) => {
    y[yIndex]! += x[xIndex]! / inputs;
  });
  return y;
}

/** dx [N, H, W, C] of averagePoolForward for dy [N, H', W', C] */
export function averagePoolGradient(shape: PoolShape, dy: ArrayLike<number>): Float64Array {
  const dx = new Float64Array(shape.batch * shape.inputHeight * shape.inputWidth * shape.channels);
  const inputs = shape.filterHeight * shape.filterWidth;
  forEachInput(shape, (yIndex, xIndex) => {
    dx[xIndex]! += dy[yIndex]! / inputs;
  });
  return dx;
}
