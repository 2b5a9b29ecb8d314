/** Products of the benchmark's networks, with the frames of a batch of 128 at T = 4. */
export type KernelShape =
  | {
      readonly kind: 'convolution';
      /** Of the input and, with same padding, of the output. */
      readonly size: number;
      readonly inputs: number;
      readonly filters: number;
      readonly frames: number;
    }
  | { readonly kind: 'dense'; readonly inputs: number; readonly units: number; readonly frames: number };

export const kernelShapeNames = ['small', 'mid', 'csnn', 'csnn-fc'] as const;
export type KernelShapeName = (typeof kernelShapeNames)[number];

export const kernelShapes: Readonly<Record<KernelShapeName, KernelShape>> = {
  small: { kind: 'convolution', size: 14, inputs: 32, filters: 64, frames: 512 },
  mid: { kind: 'convolution', size: 14, inputs: 64, filters: 64, frames: 512 },
  csnn: { kind: 'convolution', size: 14, inputs: 128, filters: 128, frames: 512 },
  'csnn-fc': { kind: 'dense', inputs: 6272, units: 2048, frames: 512 },
};

/** What is measured of each: the product, its gradient by the weights, and its gradient by the input. */
export const passes = ['forward', 'weight gradient', 'input gradient'] as const;
export type Pass = (typeof passes)[number];

/** Floating-point operations of one pass with dense products. */
export const denseOperations = (shape: KernelShape): number =>
  shape.kind === 'convolution'
    ? 2 * shape.frames * shape.size ** 2 * 9 * shape.inputs * shape.filters
    : 2 * shape.frames * shape.inputs * shape.units;
