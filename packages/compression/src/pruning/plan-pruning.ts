import { CodedError, type Network, type ResolvedSpec } from '@spikefit/contracts';
import {
  countNetwork,
  type KeptUnits,
  neuronsAfter,
  type PruningFloors,
  prunableLayers,
  synapsesAfter,
  unitsToRemove,
} from '@spikefit/specification';

export type PruningBudget = ResolvedSpec['pruning']['budget'];

export interface PlanInput {
  /** Before any pruning. */
  readonly dense: Network;
  /** Units that are left now; layers that are not named are whole. */
  readonly keptNow: KeptUnits;
  /** By layer, in the order of `keptNow`; layers without scores are not pruned. */
  readonly scores: Readonly<Record<string, ArrayLike<number>>>;
  readonly budget: PruningBudget;
  /** 1…steps. */
  readonly step: number;
  readonly steps: number;
  readonly floors: PruningFloors;
}

/** Share of the whole pruning that is done after `step` of `steps`: 1 − (1 − step/steps)³ (Zhu & Gupta 2017). */
export const cubicShare = (step: number, steps: number): number => 1 - (1 - Math.min(1, step / steps)) ** 3;

/** Every unit of every prunable layer. */
export const allUnits = (dense: Network): KeptUnits =>
  Object.fromEntries(
    prunableLayers(dense).map(({ id, units }) => [id, Array.from({ length: units }, (_, u) => u)]),
  );

/**
 * Which units (as the dense network numbers them) stay after this step. Units go one by one, the one with the least
 * score per saving first: per unit for a `fraction`, per neuron or synapse that its removal saves for those budgets;
 * ties go to the earlier layer and unit. No layer falls below its floor. After the last step the budget holds.
 * Throws `spec.budget-invalid` when the floors do not let it.
 */
export function planPruning({ dense, keptNow, scores, budget, step, steps, floors }: PlanInput): KeptUnits {
  const layers = prunableLayers(dense, floors).map(({ id, units, floor }) => {
    const kept = keptNow[id] ?? Array.from({ length: units }, (_, unit) => unit);
    const own = scores[id];
    const ascending = own === undefined ? [] : kept.map((unit, i) => ({ unit, score: own[i]! }));
    ascending.sort((a, b) => a.score - b.score || a.unit - b.unit);
    return { id, floor, kept, ascending, removed: 0 };
  });
  const counts = Object.fromEntries(layers.map(({ id, kept }) => [id, kept.length]));
  const measure = measureOf(dense, budget, floors);
  const limit = measure.limit(cubicShare(step, steps));

  for (let left = measure.left(counts); left > limit; left = measure.left(counts)) {
    let best: { layer: (typeof layers)[number]; price: number } | undefined;
    for (const layer of layers) {
      const next = layer.ascending[layer.removed];
      if (next === undefined || counts[layer.id]! <= layer.floor) continue;
      const saved = left - measure.left({ ...counts, [layer.id]: counts[layer.id]! - 1 });
      const price = next.score / Math.max(saved, 1);
      if (best === undefined || price < best.price) best = { layer, price };
    }
    if (best === undefined) {
      if (step < steps) break;
      throw new CodedError(
        'spec.budget-invalid',
        `with every layer at its floor ${left} ${measure.unit} are left, and the budget allows ${limit}`,
        {
          errors: [
            { pointer: '/method/pruning/budget/value', detail: `at least ${left} ${measure.unit} stay` },
          ],
        },
      );
    }
    best.layer.removed += 1;
    counts[best.layer.id]! -= 1;
  }
  return Object.fromEntries(
    layers.map(({ id, kept, ascending, removed }) => {
      const gone = new Set(ascending.slice(0, removed).map(({ unit }) => unit));
      return [id, kept.filter((unit) => !gone.has(unit))];
    }),
  );
}

interface Measure {
  readonly unit: string;
  /** What is left with so many units per layer. */
  left(counts: Readonly<Record<string, number>>): number;
  /** What may be left when this share of the pruning is done. */
  limit(share: number): number;
}

function measureOf(dense: Network, { kind, value }: PruningBudget, floors: PruningFloors): Measure {
  switch (kind) {
    case 'fraction': {
      const units = prunableLayers(dense, floors).reduce((sum, layer) => sum + layer.units, 0);
      return {
        unit: 'units',
        left: (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0),
        limit: (share) => units - unitsToRemove(value * share, units),
      };
    }
    case 'neurons':
    case 'synapses': {
      const whole = countNetwork(dense)[kind];
      const after = kind === 'neurons' ? neuronsAfter : synapsesAfter;
      return {
        unit: kind,
        left: (counts) => after(dense, counts),
        limit: (share) => whole - Math.floor(Math.max(0, whole - value) * share + 1e-9),
      };
    }
  }
}
