import type { Shape3 } from '@spikefit/contracts';
import { unitsFirst, unitsLast } from '@spikefit/snn';
import { decodeMask, type EncodedMask, encodeMask } from './synapse-mask.ts';

/**
 * A mask of neurons [H·W·C] in the encoding that takes the fewest bytes, map by map: neighbours of a map are alike, and what the
 * arithmetic code learns from are the two places before and those above them.
 */
export const encodeNeuronMask = (present: Uint8Array, [, width, channels]: Shape3): EncodedMask =>
  encodeMask(unitsFirst(present, channels, new Uint8Array(present.length)), width);

/** The inverse. Throws `artifact.invalid` as `decodeMask` does. */
export function decodeNeuronMask(
  encoded: EncodedMask,
  [height, width, channels]: Shape3,
  name: string,
): Uint8Array {
  const count = height * width * channels;
  const maps = decodeMask(encoded, { count, rowLength: width, name });
  return unitsLast(maps, channels, new Uint8Array(count));
}
