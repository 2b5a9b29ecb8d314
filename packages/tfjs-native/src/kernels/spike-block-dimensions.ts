import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { SpikeBlockAttributes } from '../fused/fused-kernel-attributes.ts';
import { type Inputs, input, lastDimension, sizeOf } from './native-kernel.ts';
import { checkParameters, neuronAttributes, neuronRule } from './neuron-dimensions.ts';

const normalizations = ['none', 'affine', 'batch'] as const;

export interface SpikeBlock {
  readonly attributes: SpikeBlockAttributes;
  /** As the addon wants them. */
  readonly dimensions: Int32Array;
  readonly channels: number;
  /** Of the spikes, [T·B, …, C]. */
  readonly outShape: readonly number[];
}

/**
 * A spike block over x [T·B, …, C] ([B, …, C] when it repeats); with a pool x is [·, H, W, C].
 *
 * @throws Error that names the attribute or tensor which does not fit
 */
export function spikeBlock(inputs: Inputs, attributeMap: NamedAttrMap): SpikeBlock {
  const x = input(inputs, 'x');
  checkParameters(x, input(inputs, 'decay'), input(inputs, 'threshold'), input(inputs, 'reset'));
  const attributes = {
    ...neuronAttributes(attributeMap),
    ...attributeMap,
  } as unknown as SpikeBlockAttributes;
  const { timeSteps, repeat, normalization, poolSize } = attributes;
  if (!normalizations.includes(normalization)) {
    throw new Error(
      `normalization must be one of ${normalizations.join(', ')}, not ${String(normalization)}`,
    );
  }
  const rows = x.shape[0] ?? 1;
  if (!repeat && rows % timeSteps !== 0) {
    throw new Error(`${rows} rows cannot be ${timeSteps} steps of the same length`);
  }
  const batch = repeat ? rows : rows / timeSteps;
  const [height, width] = planeOf(x);
  if (!Number.isInteger(poolSize) || poolSize < 1 || (poolSize > 1 && poolSize > Math.min(height, width))) {
    throw new Error(`poolSize must be a whole number from 1 to the plane's size, not ${String(poolSize)}`);
  }
  const channels = lastDimension(x.shape);
  const dimensions = Int32Array.of(
    ...[timeSteps, batch, height, width, channels, poolSize, normalizations.indexOf(normalization)],
    ...neuronRule(attributes),
  );
  const plane =
    poolSize === 1 ? x.shape.slice(1, -1) : [Math.floor(height / poolSize), Math.floor(width / poolSize)];
  return { attributes, dimensions, channels, outShape: [timeSteps * batch, ...plane, channels] };
}

/** Height and width; whatever lies between the first and the last axis is one line where it is not an image. */
function planeOf({ shape }: TensorInfo): readonly [height: number, width: number] {
  return shape.length === 4 ? [shape[1]!, shape[2]!] : [1, sizeOf(shape.slice(1, -1))];
}
