import { CodedError, type Network } from '@spikefit/contracts';
import { costLeft, type KeptUnits, type NetworkCost, prunableLayers } from '@spikefit/specification';
import { type Removal, type RemovalsInput, removals } from './removals.ts';

/** Share of the whole pruning that is done after `step` of `steps`: 1 − (1 − step/steps)³ (Zhu & Gupta 2017). */
export const cubicShare = (step: number, steps: number): number => 1 - (1 - Math.min(1, step / steps)) ** 3;

/** Of what was left to prune before `step`, the share that this step prunes. */
export const shareOfRest = (step: number, steps: number): number => {
  const before = cubicShare(step - 1, steps);
  return step >= steps ? 1 : (cubicShare(step, steps) - before) / (1 - before);
};

/** Every unit of every prunable layer. */
export const allUnits = (dense: Network): KeptUnits =>
  Object.fromEntries(
    prunableLayers(dense).map(({ id, units }) => [id, Array.from({ length: units }, (_, u) => u)]),
  );

export interface PlanInput extends RemovalsInput {
  /** What the budget counts. */
  readonly cost: NetworkCost;
  /** The most of it that may be left after this step. */
  readonly limit: number;
  /** Whether the limit must be met: not before the last step. */
  readonly mustMeet: boolean;
}

/**
 * Which units stay so that no more than `limit` is left: as few go as that takes. Throws `spec.budget-invalid` when the
 * floors do not let it and it must be met.
 */
export function planPruning(input: PlanInput): KeptUnits {
  const { keptNow, cost, limit, mustMeet } = input;
  const left = new KeptSets(keptNow);
  let amount = costLeft(cost, left.toKeptUnits());
  const order = removals(input);
  while (amount > limit) {
    const next = order.next();
    if (next.done) {
      if (!mustMeet) break;
      throw belowFloors(cost, amount, limit);
    }
    left.remove(next.value);
    amount = costLeft(cost, left.toKeptUnits());
  }
  return left.toKeptUnits();
}

const belowFloors = ({ unit }: NetworkCost, amount: number, limit: number): CodedError =>
  new CodedError(
    'spec.budget-invalid',
    `with every layer at its floor ${tidy(amount)} ${unit} are left, and the budget allows ${tidy(limit)}`,
    {
      errors: [{ pointer: '/method/pruning/budget/value', detail: `at least ${tidy(amount)} ${unit} stay` }],
    },
  );

const tidy = (amount: number): number => Number(amount.toPrecision(6));

export interface FitPlan {
  readonly kept: KeptUnits;
  /** Units that must go in all, from now on. */
  readonly removed: number;
}

/**
 * The least pruning after which `fits` says yes, found by bisection: what fits still fits when more units go. Null when not
 * even the floors fit.
 */
export function planFit(input: RemovalsInput, fits: (kept: KeptUnits) => boolean): FitPlan | null {
  const order = [...removals(input)];
  const after = (count: number): KeptUnits => {
    const left = new KeptSets(input.keptNow);
    for (const removal of order.slice(0, count)) left.remove(removal);
    return left.toKeptUnits();
  };
  if (!fits(after(order.length))) return null;
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(after(middle))) high = middle;
    else low = middle + 1;
  }
  return { kept: after(low), removed: low };
}

/** The first `count` removals done. */
export function removeFirst(input: RemovalsInput, count: number): KeptUnits {
  const left = new KeptSets(input.keptNow);
  const order = removals(input);
  for (let done = 0; done < count; done++) {
    const next = order.next();
    if (next.done) break;
    left.remove(next.value);
  }
  return left.toKeptUnits();
}

class KeptSets {
  readonly #units: Record<string, readonly number[]>;

  constructor(kept: KeptUnits) {
    this.#units = { ...kept };
  }

  remove({ layerId, unit }: Removal): void {
    this.#units[layerId] = this.#units[layerId]!.filter((other) => other !== unit);
  }

  toKeptUnits(): KeptUnits {
    return { ...this.#units };
  }
}
