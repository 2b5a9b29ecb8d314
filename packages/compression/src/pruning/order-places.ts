import { countPresent } from './synapse-masks.ts';

/** By weight layer, places that pruning by masks may remove, weights or neurons: 1 where one is left. */
export type PlaceMasks = Readonly<Record<string, Uint8Array>>;

/** By weight layer, what the removal of a place saves, by its row: of a weight all but the output unit, of a neuron the place itself. */
export type RowPrices = Readonly<Record<string, ArrayLike<number>>>;

export interface PlaceOrderInput {
  readonly keptNow: PlaceMasks;
  readonly scores: Readonly<Record<string, ArrayLike<number>>>;
  readonly floors: readonly { readonly id: string; readonly floor: number }[];
  /** What a score is divided by. Null: nothing. */
  readonly price: RowPrices | null;
  /** By weight layer, the places of a row: of weights the output units, of neurons 1. */
  readonly units: Readonly<Record<string, number>>;
}

/** Places in the order in which they would go. */
export interface PlaceOrder {
  readonly keptNow: PlaceMasks;
  readonly units: Readonly<Record<string, number>>;
  /** Position in all layers' masks, one layer after the other in the order of `keptNow`. */
  readonly positions: Uint32Array;
}

/** A place that saves nothing is as dear as one that saves this. */
const smallestSaving = 1e-30;

/**
 * The least score per saving first, ties by position; ends when every layer is at its floor. There may be millions of them: the
 * bits of a float32 that is not negative order as the number does, so score and position are sorted as one 64-bit integer.
 */
export function orderPlaces({ keptNow, scores, floors, price, units }: PlaceOrderInput): PlaceOrder {
  const floorOf = new Map(floors.map(({ id, floor }) => [id, floor]));
  const layers = Object.entries(keptNow).map(([id, mask]) => ({
    id,
    mask,
    mayGo: countPresent(mask) - (floorOf.get(id) ?? mask.length),
  }));
  const keys = new BigUint64Array(layers.reduce((sum, { mask }) => sum + countPresent(mask), 0));
  const words = new Uint32Array(keys.buffer);
  const score = new Float32Array(1);
  const scoreBits = new Uint32Array(score.buffer);
  let offset = 0;
  let at = 0;
  for (const { id, mask } of layers) {
    const own = scores[id]!;
    const prices = price?.[id];
    const perRow = units[id]!;
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      const saving = prices === undefined ? 1 : Math.max(prices[Math.floor(i / perRow)]!, smallestSaving);
      score[0] = Math.max(0, own[i]! / saving);
      words[2 * at] = offset + i;
      words[2 * at + 1] = scoreBits[0]!;
      at += 1;
    }
    offset += mask.length;
  }
  keys.sort();
  return { keptNow, units, positions: withinFloors(words, layers) };
}

function withinFloors(
  words: Uint32Array,
  layers: { readonly mask: Uint8Array; mayGo: number }[],
): Uint32Array {
  const ends: number[] = [];
  for (const { mask } of layers) ends.push((ends.at(-1) ?? 0) + mask.length);
  const positions = new Uint32Array(words.length / 2);
  let count = 0;
  for (let i = 0; i < words.length; i += 2) {
    const layer = layers[ends.findIndex((end) => words[i]! < end)]!;
    if (layer.mayGo <= 0) continue;
    layer.mayGo -= 1;
    positions[count++] = words[i]!;
  }
  return positions.slice(0, count);
}

/** The masks after the first `count` removals. */
export function removePlaces({ keptNow, positions }: PlaceOrder, count: number): PlaceMasks {
  const entries = Object.entries(keptNow);
  const all = new Uint8Array(entries.reduce((sum, [, mask]) => sum + mask.length, 0));
  let offset = 0;
  for (const [, mask] of entries) {
    all.set(mask, offset);
    offset += mask.length;
  }
  for (let i = 0; i < count; i++) all[positions[i]!] = 0;
  offset = 0;
  return Object.fromEntries(
    entries.map(([id, mask]) => {
      const from = offset;
      offset += mask.length;
      return [id, all.slice(from, offset)];
    }),
  );
}

/** How much of a quantity is left. */
export function amountLeft(
  masks: PlaceMasks,
  perRow: RowPrices,
  units: Readonly<Record<string, number>>,
): number {
  let total = 0;
  for (const [id, mask] of Object.entries(masks)) {
    const own = perRow[id]!;
    const width = units[id]!;
    for (let row = 0; row * width < mask.length; row++) {
      let present = 0;
      for (let i = row * width; i < (row + 1) * width; i++) present += mask[i]!;
      total += present * own[row]!;
    }
  }
  return total;
}

/** The fewest removals after which `fits` says yes, found by bisection; null when all of them are not enough. */
export function fewestRemovals(order: PlaceOrder, fits: (masks: PlaceMasks) => boolean): number | null {
  let [low, high] = [0, order.positions.length];
  if (fits(order.keptNow)) return 0;
  if (!fits(removePlaces(order, high))) return null;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(removePlaces(order, middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}
