export interface ConvolutionShape {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
}

/** Calls visit(x index, filter index, y index) for every product of the convolution. NHWC, HWIO. */
function forEachProduct(
  shape: ConvolutionShape,
  visit: (xIndex: number, filterIndex: number, yIndex: number) => void,
): void {
  const { batch, inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels } = shape;
  for (let n = 0; n < batch; n += 1) {
    for (let oh = 0; oh < outputHeight; oh += 1) {
      for (let ow = 0; ow < outputWidth; ow += 1) {
        for (let kh = 0; kh < shape.filterHeight; kh += 1) {
          const ih = oh * shape.strideHeight + kh - shape.padTop;
          if (ih < 0 || ih >= inputHeight) continue;
          for (let kw = 0; kw < shape.filterWidth; kw += 1) {
            const iw = ow * shape.strideWidth + kw - shape.padLeft;
            if (iw < 0 || iw >= inputWidth) continue;
            for (let i = 0; i < inputChannels; i += 1) {
              const xIndex = ((n * inputHeight + ih) * inputWidth + iw) * inputChannels + i;
              const filterRow = ((kh * shape.filterWidth + kw) * inputChannels + i) * outputChannels;
              const yRow = ((n * outputHeight + oh) * outputWidth + ow) * outputChannels;
              for (let o = 0; o < outputChannels; o += 1) visit(xIndex, filterRow + o, yRow + o);
            }
          }
        }
      }
    }
  }
}

/** y [N, H', W', O] = x [N, H, W, I] ⊛ filter [kh, kw, I, O] + bias [O] */
export function convolutionForward(
  shape: ConvolutionShape,
  x: ArrayLike<number>,
  filter: ArrayLike<number>,
  bias?: ArrayLike<number>,
): Float64Array {
  const size = shape.batch * shape.outputHeight * shape.outputWidth * shape.outputChannels;
  const y = Float64Array.from({ length: size }, (_, index) => bias?.[index % shape.outputChannels] ?? 0);
  forEachProduct(shape, (xIndex, filterIndex, yIndex) => {
    y[yIndex]! += x[xIndex]! * filter[filterIndex]!;
  });
  return y;
}

/** dx [N, H, W, I] of convolutionForward for dy [N, H', W', O] */
export function convolutionInputGradient(
  shape: ConvolutionShape,
  dy: ArrayLike<number>,
  filter: ArrayLike<number>,
): Float64Array {
  const dx = new Float64Array(shape.batch * shape.inputHeight * shape.inputWidth * shape.inputChannels);
  forEachProduct(shape, (xIndex, filterIndex, yIndex) => {
    dx[xIndex]! += dy[yIndex]! * filter[filterIndex]!;
  });
  return dx;
}

/** dFilter [kh, kw, I, O] of convolutionForward for dy [N, H', W', O] */
export function convolutionFilterGradient(
  shape: ConvolutionShape,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const { filterHeight, filterWidth, inputChannels, outputChannels } = shape;
  const dFilter = new Float64Array(filterHeight * filterWidth * inputChannels * outputChannels);
  forEachProduct(shape, (xIndex, filterIndex, yIndex) => {
    dFilter[filterIndex]! += x[xIndex]! * dy[yIndex]!;
  });
  return dFilter;
}
