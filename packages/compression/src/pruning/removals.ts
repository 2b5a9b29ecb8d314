import type { KeptUnits, NetworkCost } from '@spikefit/specification';
import {
  interactingUnits,
  interactionOffsets,
  type UnitInteractions,
} from '../pruners/fisher-interactions.ts';

export interface RemovalsInput {
  /** Units that are left now. */
  readonly keptNow: KeptUnits;
  /** By layer, in the order of `keptNow`; layers without scores are not pruned. */
  readonly scores: Readonly<Record<string, ArrayLike<number>>>;
  readonly floors: readonly { readonly id: string; readonly floor: number }[];
  /** What a score is divided by: the saving in this cost. Null: scores alone. */
  readonly price: NetworkCost | null;
  /** What units that go together cost beyond their scores; in the order of `keptNow`, too. Undefined: nothing. */
  readonly interactions?: UnitInteractions | undefined;
}

export interface Removal {
  readonly layerId: string;
  /** As the dense network numbers it. */
  readonly unit: number;
}

interface Candidate {
  readonly unit: number;
  /** Of the unit in `interactions`. */
  readonly place: number;
  score: number;
}

/**
 * Units in the order in which they would go: each time the one with the least score per saving, where savings are those of
 * what is left by then; of equal ones the earlier layer's goes, in it that of the least first score, then the earlier unit. Ends when
 * every layer is at its floor.
 */
export function* removals({
  keptNow,
  scores,
  floors,
  price,
  interactions,
}: RemovalsInput): Generator<Removal> {
  const offsets = interactions === undefined ? {} : interactionOffsets(interactions);
  const width = interactions === undefined ? 0 : interactingUnits(interactions);
  const savings = price === null ? null : new Savings(price, keptNow);
  const layers = floors.map(({ id, floor }) => {
    const own = scores[id];
    const candidates: Candidate[] =
      own === undefined
        ? []
        : keptNow[id]!.map((unit, i) => ({
            unit,
            place: (offsets[id] ?? 0) + i,
            score: own[i]!,
          }));
    candidates.sort((a, b) => a.score - b.score || a.unit - b.unit);
    return { id, mayGo: Math.max(0, candidates.length - floor), candidates };
  });
  for (;;) {
    let best: { layer: (typeof layers)[number]; position: number; price: number } | undefined;
    for (const layer of layers) {
      if (layer.mayGo === 0) continue;
      // Units of a layer that save the same go by score.
      const looked =
        interactions !== undefined || savings?.differWithin(layer.id) ? layer.candidates.length : 1;
      for (let position = 0; position < looked; position++) {
        const { unit, score } = layer.candidates[position]!;
        const perSaving =
          savings === null
            ? score
            : costPerSaving(score, Math.max(savings.of(layer.id, unit), smallestSaving));
        if (best === undefined || perSaving < best.price) best = { layer, position, price: perSaving };
      }
    }
    if (best === undefined) return;
    const [gone] = best.layer.candidates.splice(best.position, 1);
    best.layer.mayGo -= 1;
    savings?.remove(best.layer.id, gone!.unit);
    if (interactions !== undefined) {
      for (const { candidates } of layers) {
        for (const candidate of candidates)
          candidate.score += 2 * interactions.values[gone!.place * width + candidate.place]!;
      }
    }
    yield { layerId: best.layer.id, unit: gone!.unit };
  }
}

/** What makes the network better, too, is the better the more it saves. */
const costPerSaving = (cost: number, saving: number): number => (cost >= 0 ? cost / saving : cost * saving);

/** A unit that saves nothing is as dear as one that saves this. */
const smallestSaving = 1e-30;

/** What the removal of one more unit saves, kept up to date while units go. */
class Savings {
  readonly #blocks: {
    readonly id: string;
    readonly perUnit: number;
    readonly perPair: ArrayLike<number>;
    /** Σ perPair over the inputs that are left. */
    incoming: number;
    units: number;
    readonly differ: boolean;
  }[];
  readonly #at: ReadonlyMap<string, number>;

  constructor(cost: NetworkCost, keptNow: KeptUnits) {
    let before: readonly number[] | undefined;
    this.#blocks = cost.blocks.map(({ weightId, units, perPair, perUnit }) => {
      const inputs = before ?? Array.from({ length: perPair.length }, (_, channel) => channel);
      before = keptNow[weightId];
      return {
        id: weightId,
        perUnit,
        perPair,
        incoming: inputs.reduce((sum, channel) => sum + perPair[channel]!, 0),
        units: before?.length ?? units,
        differ: inputs.some((channel) => perPair[channel] !== perPair[inputs[0]!]),
      };
    });
    this.#at = new Map(this.#blocks.map(({ id }, position) => [id, position]));
  }

  /** Whether the units of a layer save different amounts: those of its reader's channels. */
  differWithin(layerId: string): boolean {
    return this.#blocks[this.#at.get(layerId)! + 1]?.differ ?? false;
  }

  of(layerId: string, unit: number): number {
    const position = this.#at.get(layerId)!;
    const own = this.#blocks[position]!;
    const reader = this.#blocks[position + 1];
    return own.incoming + own.perUnit + (reader === undefined ? 0 : reader.units * reader.perPair[unit]!);
  }

  remove(layerId: string, unit: number): void {
    const position = this.#at.get(layerId)!;
    this.#blocks[position]!.units -= 1;
    const reader = this.#blocks[position + 1];
    if (reader !== undefined) reader.incoming -= reader.perPair[unit]!;
  }
}
