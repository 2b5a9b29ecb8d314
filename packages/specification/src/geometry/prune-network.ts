import { CodedError, type Layer, type Network, type Shape3 } from '@spikefit/contracts';
import { networkBlocks } from './blocks.ts';
import { unitsOf } from './count-network.ts';

/** For each pruned layer, the sorted indices of the units that stay, as the dense network numbers them. */
export type KeptUnits = Readonly<Record<string /* conv or hidden FC */, readonly number[]>>;

/** Pruning never goes below max(units, fraction · the layer's units, rounded up), nor below what the layer has. */
export interface PruningFloors {
  readonly floorUnits: number;
  readonly floorFraction: number;
}
export const defaultFloors: PruningFloors = { floorUnits: 4, floorFraction: 0.1 };

/** The fewest that a layer of so many is left with. */
export function floorOf(count: number, { floorUnits, floorFraction }: PruningFloors): number {
  // 0.07 · 100 is 7.000000000000001 in binary; the difference must not cost a unit.
  const share = Math.ceil(count * floorFraction - 1e-9);
  return Math.min(count, Math.max(1, floorUnits, share));
}

export interface PrunableLayer {
  readonly id: string;
  readonly units: number;
  readonly floor: number;
}

/** The layers whose units may be removed: every weight layer but the last. `network` is the dense one. */
export function prunableLayers(network: Network, floors: PruningFloors = defaultFloors): PrunableLayer[] {
  return networkBlocks(network)
    .filter(({ isOutput }) => !isOutput)
    .map(({ weight }) => {
      const units = unitsOf(weight);
      return { id: weight.id, units, floor: floorOf(units, floors) };
    });
}

/** Units that a budget of kind `fraction` removes: the least number that is at least that share. */
export const unitsToRemove = (fraction: number, units: number): number =>
  Math.max(0, Math.ceil(units * fraction - 1e-9));

/**
 * The network that is left when only `kept` units stay; layers that are not named stay whole. Ids do not change.
 * `network` is the dense network that the indices belong to.
 * Throws `internal.error` for the read-out, an unknown layer, an empty layer, or indices out of order or range.
 */
export function pruneNetwork(network: Network, kept: KeptUnits): Network {
  const prunable = new Map(prunableLayers(network).map((layer) => [layer.id, layer.units]));
  const counts: Record<string, number> = {};
  for (const [id, indices] of Object.entries(kept)) {
    const units = prunable.get(id);
    if (units === undefined) throw new CodedError('internal.error', `layer "${id}" cannot be pruned`);
    const ordered = indices.every(
      (unit, i) => Number.isInteger(unit) && unit > (indices[i - 1] ?? -1) && unit < units,
    );
    if (indices.length === 0 || !ordered) {
      throw new CodedError(
        'internal.error',
        `the kept units of layer "${id}" are empty, unsorted or not below ${units}`,
      );
    }
    counts[id] = indices.length;
  }
  return resizeNetwork(network, counts);
}

/** The network with other numbers of units; height, width, kernels and the read-out stay. */
export function resizeNetwork(network: Network, unitCounts: Readonly<Record<string, number>>): Network {
  const outputId = networkBlocks(network).at(-1)?.weight.id;
  let channels = network.inputShape[2];
  const layers = network.layers.map((layer): Layer => {
    const inputShape: Shape3 = [layer.inputShape[0], layer.inputShape[1], channels];
    if (layer.kind === 'conv' || layer.kind === 'dense') {
      channels = layer.id === outputId ? unitsOf(layer) : (unitCounts[layer.id] ?? unitsOf(layer));
    }
    const outputShape: Shape3 = [layer.outputShape[0], layer.outputShape[1], channels];
    switch (layer.kind) {
      case 'conv':
        return { ...layer, inputShape, outputShape, filters: channels };
      case 'dense':
        return { ...layer, inputShape, outputShape, units: channels };
      default:
        return { ...layer, inputShape, outputShape };
    }
  });
  return { ...network, layers };
}
