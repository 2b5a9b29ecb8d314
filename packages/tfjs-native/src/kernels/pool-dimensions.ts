import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';

type Pad = Parameters<typeof backend_util.computePool2DInfo>[4];
type Rounding = Parameters<typeof backend_util.computePool2DInfo>[5];

export interface Pool {
  readonly dimensions: Int32Array;
  readonly outShape: readonly number[];
}

/** The dimensions of a pool over x [N, H, W, C] as the addon wants them. */
export function pool(inputShape: readonly number[], attributes: NamedAttrMap): Pool {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = backend_util.computePool2DInfo(
    inputShape as [number, number, number, number],
    filterSize as number | [number, number],
    strides as number | [number, number],
    1,
    pad as Pad,
    dimRoundingMode as Rounding,
  );
  const dimensions = Int32Array.of(
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels, info.outHeight, info.outWidth],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.padInfo.top, info.padInfo.left],
  );
  return { dimensions, outShape: info.outShape };
}

/** Filter height and width are both 1. */
export const isOneByOne = (dimensions: Int32Array): boolean => dimensions[6] === 1 && dimensions[7] === 1;

/** No window of the pool reaches into padding. */
export function isInside(dimensions: Int32Array): boolean {
  const [, height, width, , outHeight, outWidth, filterHeight, filterWidth, ...rest] =
    dimensions as unknown as [
      ...[number, number, number, number, number, number, number, number],
      ...[number, number, number, number],
    ];
  const [strideHeight, strideWidth, top, left] = rest;
  return (
    top === 0 &&
    left === 0 &&
    (outHeight - 1) * strideHeight + filterHeight <= height &&
    (outWidth - 1) * strideWidth + filterWidth <= width
  );
}
