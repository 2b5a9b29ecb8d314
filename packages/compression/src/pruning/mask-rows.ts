import type { Mask, Network } from '@spikefit/contracts';
import { type KeptUnits, prunableLayers } from '@spikefit/specification';

/** The rows that a checkpoint and the API show: which units of the dense network are left, one row per layer. */
export function maskRows(dense: Network, kept: KeptUnits): Mask[] {
  return prunableLayers(dense).map(({ id, units }) => {
    const left = kept[id] ?? Array.from({ length: units }, (_, unit) => unit);
    const bitmap = Buffer.alloc(Math.ceil(units / 8));
    for (const unit of left) bitmap[unit >> 3]! |= 1 << (unit & 7);
    return {
      layer: id,
      unit: 'channel',
      shape: [units],
      kept: left.length,
      bitmap: bitmap.toString('base64'),
    };
  });
}
