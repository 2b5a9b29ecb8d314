import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { NeuronAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, lastDimension, sizeOf } from './native-kernel.ts';

const oneOf = (name: string, value: unknown, allowed: readonly string[]): void => {
  if (!allowed.includes(value as string)) {
    throw new Error(`${name} must be one of ${allowed.join(', ')}, not ${String(value)}`);
  }
};

/** The attributes of a neuron kernel, checked: they come from an untyped map. */
export function neuronAttributes(attributes: NamedAttrMap): NeuronAttributes {
  const { timeSteps, neuron, resetMode, comparison } = attributes;
  if (!Number.isInteger(timeSteps) || (timeSteps as number) < 1) {
    throw new Error(`timeSteps must be a whole number of at least 1, not ${String(timeSteps)}`);
  }
  oneOf('neuron', neuron, ['if', 'lif']);
  oneOf('resetMode', resetMode, ['hard', 'soft']);
  oneOf('comparison', comparison, ['ge', 'gt']);
  return attributes as unknown as NeuronAttributes;
}

/** Parameters of the neuron: decay [1]; threshold and reset [1] or [C]. */
export function checkParameters(
  all: TensorInfo,
  decay: TensorInfo,
  threshold: TensorInfo,
  reset: TensorInfo,
): void {
  if (!allFloat32(all, decay, threshold, reset)) throw new Error('neurons: every tensor must be float32');
  if (sizeOf(decay.shape) !== 1)
    throw new Error(`decay must have shape [1], not [${decay.shape.join(', ')}]`);
  const channels = lastDimension(all.shape);
  for (const [name, { shape }] of Object.entries({ threshold, reset })) {
    const size = sizeOf(shape);
    if (size !== 1 && size !== channels) {
      throw new Error(`${name} must have shape [1] or [${channels}], not [${shape.join(', ')}]`);
    }
  }
}

/** What the addon takes last of a neuron: [repeat, neuron, hard reset, strictly greater, resetDelay]. */
export function neuronRule(attributes: NeuronAttributes): number[] {
  const { repeat, neuron, decayInput, resetMode, comparison, resetDelay } = attributes;
  const kind = neuron === 'if' ? 0 : decayInput ? 2 : 1;
  return [repeat, kind, resetMode === 'hard', comparison === 'gt', resetDelay].map(Number);
}

/** `total` elements over all steps (T·B·…·C) → the dimensions that the addon wants. */
export function neuronDimensions(attributes: NeuronAttributes, total: number, channels: number): Int32Array {
  const { timeSteps } = attributes;
  if (total % timeSteps !== 0) {
    throw new Error(`${total} values cannot be ${timeSteps} steps of the same length`);
  }
  return Int32Array.of(timeSteps, total / timeSteps, channels, ...neuronRule(attributes));
}
