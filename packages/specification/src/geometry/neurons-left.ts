import type { Network } from '@spikefit/contracts';
import { networkBlocks } from './blocks.ts';
import type { NeuronMasks } from './neuron-presence.ts';
import { defaultFloors, floorOf, type KeptUnits, type PruningFloors } from './prune-network.ts';

export interface PrunableNeurons {
  /** Of the weight layer. */
  readonly id: string;
  readonly neuronId: string;
  /** Of the neuron layer. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly neurons: number;
  readonly floor: number;
}

/** The layers whose neurons may be removed: all that spike but the read-out. */
export const prunableNeurons = (network: Network, floors: PruningFloors = defaultFloors): PrunableNeurons[] =>
  networkBlocks(network).flatMap(({ weight, neuron, isOutput }) => {
    if (isOutput || neuron === null) return [];
    const shape = neuron.outputShape;
    const neurons = shape[0] * shape[1] * shape[2];
    return [{ id: weight.id, neuronId: neuron.id, shape, neurons, floor: floorOf(neurons, floors) }];
  });

/** By weight layer, its neurons as the dense network has them, [H·W·C] by row, column, channel: 1 where one is left. */
export type NeuronsLeft = Readonly<Record<string, Uint8Array>>;

export const allNeurons = (dense: Network): NeuronsLeft =>
  Object.fromEntries(prunableNeurons(dense).map(({ id, neurons }) => [id, new Uint8Array(neurons).fill(1)]));

/** With every layer at its floor, in as few channels as hold so many. */
export const neuronsAtFloors = (dense: Network, floors: PruningFloors): NeuronsLeft =>
  Object.fromEntries(
    prunableNeurons(dense, floors).map(({ id, neurons, floor, shape: [height, width, channels] }) => {
      const places = height * width;
      const left = Uint8Array.from({ length: neurons }, (_, i) =>
        (i % channels) * places + Math.floor(i / channels) < floor ? 1 : 0,
      );
      return [id, left];
    }),
  );

/** Channels, and units of FCs, that have a neuron left: the others go as a whole. */
export const keptChannels = (dense: Network, left: NeuronsLeft): KeptUnits =>
  Object.fromEntries(
    prunableNeurons(dense).map(({ id, shape: [, , channels] }) => {
      const alive = new Set<number>();
      for (const [i, one] of left[id]!.entries()) if (one === 1) alive.add(i % channels);
      return [id, [...alive].sort((a, b) => a - b)];
    }),
  );

/** The masks of the network that is left; layers whose kept channels have all their neurons have none. */
export function presentNeurons(dense: Network, left: NeuronsLeft): NeuronMasks {
  const kept = keptChannels(dense, left);
  return Object.fromEntries(
    prunableNeurons(dense).flatMap(({ id, neuronId, shape: [height, width, channels] }) => {
      const units = kept[id]!;
      const mask = new Uint8Array(height * width * units.length);
      for (let i = 0; i < mask.length; i++) {
        const place = Math.floor(i / units.length);
        mask[i] = left[id]![place * channels + units[i % units.length]!]!;
      }
      return mask.includes(0) ? [[neuronId, mask]] : [];
    }),
  );
}

/** What a value for each neuron of the network that is left means in the dense one; 0 for those that are gone. */
export function denseNeurons<T extends Uint8Array | Float64Array>(
  dense: Network,
  kept: KeptUnits,
  values: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    prunableNeurons(dense).map(({ id, neurons, shape: [, , channels] }) => {
      const own = values[id]!;
      const spread = new (own.constructor as new (length: number) => T)(neurons);
      const units = kept[id] ?? Array.from({ length: channels }, (_, unit) => unit);
      for (let i = 0; i < own.length; i++)
        spread[Math.floor(i / units.length) * channels + units[i % units.length]!] = own[i]!;
      return [id, spread];
    }),
  );
}
