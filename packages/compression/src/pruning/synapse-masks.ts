import type { Mask, PruningUnit } from '@spikefit/contracts';
import type { HostParameters } from '@spikefit/snn';
import { parameterNames } from '@spikefit/snn';

/** By weight layer, in the order of its weights: 1 where the synapse is left. Layers that are not named are whole. */
export type SynapseMasks = Readonly<Record<string, Uint8Array>>;

export const countPresent = (mask: Uint8Array): number => {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i]!;
  return count;
};

/** Parameters, or moments, whose pruned weights are 0. Others are the same objects. */
export function maskParameters(parameters: HostParameters, masks: SynapseMasks): HostParameters {
  const next: HostParameters = { ...parameters };
  for (const [id, mask] of Object.entries(masks)) {
    const name = parameterNames.weights(id);
    const tensor = parameters[name];
    if (tensor === undefined) continue;
    // No product: it would leave −0 of a negative weight.
    next[name] = { shape: tensor.shape, data: tensor.data.map((value, i) => (mask[i] === 1 ? value : 0)) };
  }
  return next;
}

/**
 * Parameters whose pruned weights have the values of weights that are left in the same output unit (in none: of the layer), in
 * turn: what counts how many weights use a level then counts, nearly in proportion, those that are left.
 */
export function fillPruned(parameters: HostParameters, masks: SynapseMasks): HostParameters {
  const next: HostParameters = { ...parameters };
  for (const [id, mask] of Object.entries(masks)) {
    const name = parameterNames.weights(id);
    const { shape, data } = parameters[name]!;
    const units = shape.at(-1)!;
    const filled = data.slice();
    const layer = data.filter((_, i) => mask[i] === 1);
    for (let unit = 0; unit < units; unit++) {
      const own: number[] = [];
      for (let i = unit; i < data.length; i += units) if (mask[i] === 1) own.push(data[i]!);
      const lenders = own.length > 0 ? own : layer;
      let turn = 0;
      for (let i = unit; i < data.length; i += units)
        if (mask[i] === 0) filled[i] = lenders[turn++ % lenders.length]!;
    }
    next[name] = { shape, data: filled };
  }
  return next;
}

/** The rows that a checkpoint and the API show, one per layer with a mask. */
export const synapseMaskRows = (parameters: HostParameters, masks: SynapseMasks): Mask[] =>
  Object.entries(masks).map(([layer, mask]) =>
    maskRow(layer, 'synapse', parameters[parameterNames.weights(layer)]!.shape, mask),
  );

/** One row, of a mask of this shape. */
export function maskRow(layer: string, unit: PruningUnit, shape: readonly number[], mask: Uint8Array): Mask {
  const bitmap = new Uint8Array(Math.ceil(mask.length / 8));
  for (let i = 0; i < mask.length; i++) bitmap[i >> 3]! |= mask[i]! << (i & 7);
  return {
    layer,
    unit,
    shape: [...shape],
    kept: countPresent(mask),
    bitmap: Buffer.from(bitmap).toString('base64'),
  };
}
