import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';

export interface Convolution {
  readonly dimensions: Int32Array;
  readonly info: backend_util.Conv2DInfo;
}

type Pad = Parameters<typeof backend_util.computeConv2DInfo>[4];
type Rounding = Parameters<typeof backend_util.computeConv2DInfo>[5];

/**
 * The dimensions of a convolution as the addon wants them, from the attributes of Conv2D and its gradients; undefined
 * for NCHW and for dilated filters.
 */
export function convolution(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: NamedAttrMap,
): Convolution | undefined {
  const { strides, pad, dataFormat, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC') return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides as number | [number, number],
    (attributes.dilations ?? 1) as number | [number, number],
    pad as Pad,
    dimRoundingMode as Rounding,
  );
  if (info.dilationHeight !== 1 || info.dilationWidth !== 1) return undefined;
  const dimensions = Int32Array.of(
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.padInfo.top, info.padInfo.left],
  );
  return { dimensions, info };
}
