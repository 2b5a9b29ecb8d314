import {
  countPresent,
  fewestRemovals,
  type PlaceMasks,
  type PlaceOrder,
  removePlaces,
  shareOfRest,
} from '@spikefit/compression';
import { CodedError } from '@spikefit/contracts';
import type { PhasePlan } from '../plan.ts';
import type { Session } from '../session.ts';
import { chooseCalibrationSamples } from './calibration.ts';
import { budgetCost } from './choose-units.ts';
import { followsActivity } from './costs.ts';

export interface MaskStep {
  /** 1…steps. */
  readonly step: number;
  readonly steps: number;
  readonly samples: Int32Array;
}

/** What pruning by masks removes: synapses, or neurons. */
export interface MaskedForm<Scores> {
  /** What is left now. */
  readonly left: (session: Session) => PlaceMasks;
  readonly score: (session: Session, samples: Int32Array) => Promise<Scores>;
  /** What stays after a step. */
  readonly choose: (
    session: Session,
    left: PlaceMasks,
    scores: Scores,
    step: MaskStep,
  ) => Promise<PlaceMasks>;
  /** Removes the rest and recalibrates the batch norms. */
  readonly apply: (session: Session, left: PlaceMasks, samples: Int32Array) => Promise<void>;
}

const total = (masks: PlaceMasks): number =>
  Object.values(masks).reduce((sum, mask) => sum + countPresent(mask), 0);

/**
 * One step of the cubic schedule: scores everything, removes what matters least, and recalibrates the batch norms. As with channels a
 * budget of `synops` or `energy` is measured again after the last step until it holds.
 */
export async function pruneByMasks<Scores>(
  session: Session,
  plan: PhasePlan,
  form: MaskedForm<Scores>,
): Promise<void> {
  const { state, spec, ports } = session;
  const samples = chooseCalibrationSamples(session);
  const step = { step: state.epoch + 1, steps: plan.epochs, samples };
  const repeats = step.step === step.steps && followsActivity(budgetCost(spec.pruning));
  const scores = await form.score(session, samples);
  let left = form.left(session);
  for (;;) {
    const before = total(left);
    left = await form.choose(session, left, scores, step);
    await form.apply(session, left, samples);
    if (!repeats || total(left) === before) break;
  }
  const counted = (of: (mask: Uint8Array) => number) =>
    Object.fromEntries(Object.entries(left).map(([id, mask]) => [id, of(mask)]));
  ports.emit('pruning.stepped', {
    step: step.step,
    steps: step.steps,
    kept: counted(countPresent),
    of: counted((mask) => mask.length),
  });
}

/**
 * The fewest removals after which no more than this step's part of the way to `end` is left.
 * @throws CodedError spec.budget-invalid where the floors do not let the last step reach it
 */
export function removeDownTo(
  order: PlaceOrder,
  { step, steps }: MaskStep,
  amount: (masks: PlaceMasks) => number,
  end: number,
): PlaceMasks {
  const now = amount(order.keptNow);
  const limit = step >= steps ? end : now - Math.max(0, now - end) * shareOfRest(step, steps);
  const count = fewestRemovals(order, (masks) => amount(masks) <= limit);
  const most = order.positions.length;
  if (count === null && step >= steps) throw belowFloors(amount(removePlaces(order, most)), end);
  return removePlaces(order, count ?? most);
}

/**
 * This step's share of the fewest removals after which `holds` says yes, for what not every removal lowers: a layer's first ones
 * make it larger, since it has a mask from then on. From above on bisection finds the first that meets it.
 */
export function removeShareOf(
  order: PlaceOrder,
  { step, steps }: MaskStep,
  holds: (masks: PlaceMasks) => boolean,
  failure: (atFloors: PlaceMasks) => CodedError,
): PlaceMasks {
  const count = fewestRemovals(order, holds);
  if (count === null) throw failure(removePlaces(order, order.positions.length));
  return removePlaces(order, Math.ceil(count * shareOfRest(step, steps) - 1e-9));
}

export const belowFloors = (amount: number, limit: number): CodedError =>
  new CodedError(
    'spec.budget-invalid',
    `with every layer at its floor ${Number(amount.toPrecision(6))} are left, and the budget allows ${Number(limit.toPrecision(6))}`,
    { errors: [{ pointer: '/method/pruning/budget/value', detail: `at least ${amount} stay` }] },
  );
