import type { Mask, Network } from '@spikefit/contracts';
import { type KeptUnits, prunableLayers } from '@spikefit/specification';

/** Rows for Postgres: which units of each prunable layer are kept; bit i (LSB first) is unit i of the dense layer. */
export function describeMasks(dense: Network, kept: KeptUnits): Mask[] {
  return prunableLayers(dense).map(({ id, units }) => {
    const indices = kept[id] ?? Array.from({ length: units }, (_, unit) => unit);
    const bitmap = new Uint8Array(Math.ceil(units / 8));
    for (const unit of indices) bitmap[unit >> 3]! |= 1 << (unit & 7);
    return {
      layer: id,
      unit: 'channel',
      shape: [units],
      kept: indices.length,
      bitmap: Buffer.from(bitmap).toString('base64'),
    };
  });
}
