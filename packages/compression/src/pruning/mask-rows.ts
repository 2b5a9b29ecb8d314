import type { Mask, Network } from '@spikefit/contracts';
import { type KeptUnits, prunableLayers, toBitmap } from '@spikefit/specification';

/** The rows that a checkpoint and the API show: which units of the dense network are left, one row per layer. */
export function maskRows(dense: Network, kept: KeptUnits): Mask[] {
  return prunableLayers(dense).map(({ id, units }) => {
    const left = kept[id] ?? Array.from({ length: units }, (_, unit) => unit);
    return {
      layer: id,
      unit: 'channel',
      shape: [units],
      kept: left.length,
      bitmap: Buffer.from(toBitmap(left, units)).toString('base64'),
    };
  });
}
