import type { Network } from '@spikefit/contracts';
import {
  connectionsPerPair,
  type KeptUnits,
  type NetworkCost,
  networkBlocks,
  unitsOf,
} from '@spikefit/specification';

/**
 * By weight layer, for every input channel of the network as it stands: events times the outputs that read them, per
 * image and unit. A layer that reads the analogue image needs none.
 */
export type InputActivity = Readonly<Record<string, ArrayLike<number>>>;

export interface OperationPrices {
  readonly accumulate: number;
  readonly multiplyAccumulate: number;
}

/**
 * What the operations of an image cost, in the numbering of the dense network: an event costs one operation for each
 * unit that reads it; the image, under direct encoding, is read once. Channels that are gone cost nothing.
 * A layer behind an average pool or ReLUs multiplies.
 */
export function operationCost(input: {
  readonly dense: Network;
  readonly keptNow: KeptUnits;
  readonly activity: InputActivity;
  readonly prices: OperationPrices;
  readonly unit: string;
}): NetworkCost {
  const { dense, keptNow, activity, prices, unit } = input;
  let before: string | null = null;
  const blocks = networkBlocks(dense).map(({ weight, readsNumbers }) => {
    const readsImage = before === null && dense.encoder === 'direct';
    const price = readsImage || readsNumbers ? prices.multiplyAccumulate : prices.accumulate;
    const channels = weight.inputShape[2];
    const perPair = new Float64Array(channels);
    const present =
      (before === null ? undefined : keptNow[before]) ?? Array.from({ length: channels }, (_, c) => c);
    const own = activity[weight.id];
    for (const [position, channel] of present.entries())
      perPair[channel] = price * (readsImage ? connectionsPerPair(weight) : (own?.[position] ?? 0));
    before = weight.id;
    return { weightId: weight.id, units: unitsOf(weight), perPair, perUnit: 0 };
  });
  return { unit, blocks, constant: 0 };
}
