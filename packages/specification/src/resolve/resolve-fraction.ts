import type { ResolvedSpec } from '@spikefit/contracts';
import { unitsToRemove } from '../geometry/prune-network.ts';

export interface FloorOfLayer {
  readonly units: number;
  readonly floor: number;
}

/**
 * A budget of kind `fraction`, judged by the layers' floors where the network is known. A default that they do not allow becomes
 * the most that they do.
 */
export function resolveFraction(
  value: number,
  { noun, isDefault }: { noun: string; isDefault: boolean },
  layers: readonly FloorOfLayer[] | undefined,
  invalid: (detail: string) => void,
): ResolvedSpec['pruning']['budget'] {
  if (value >= 1) {
    invalid(`a fraction is the share of ${noun} that is removed and lies in [0, 1); ${value} does not`);
    return { kind: 'fraction', value };
  }
  if (layers === undefined) return { kind: 'fraction', value };
  const units = layers.reduce((sum, layer) => sum + layer.units, 0);
  const removable = layers.reduce((sum, layer) => sum + layer.units - layer.floor, 0);
  if (unitsToRemove(value, units) > removable) {
    if (isDefault) return { kind: 'fraction', value: removable / units };
    const most = Math.floor((removable / units) * 1e4) / 1e4;
    invalid(
      `of ${units} ${noun} that may be pruned, every layer keeps its floor and ${removable} may go: the fraction may be at most ${most}, not ${value}`,
    );
  }
  return { kind: 'fraction', value };
}
