import {
  planFit,
  planPruning,
  removeFirst,
  shareOfRest,
  type UnitInteractions,
  type UnitScores,
} from '@spikefit/compression';
import { CodedError, type ResolvedSpec } from '@spikefit/contracts';
import { fitAtFloors, fitOf, unmetLimits } from '@spikefit/hardware';
import {
  costLeft,
  type KeptUnits,
  prunableLayers,
  pruneNetwork,
  unitCost,
  unitsToRemove,
} from '@spikefit/specification';
import type { Session } from '../session.ts';
import { type CostKind, costOfKind } from './costs.ts';

export interface PruningStep {
  /** 1…steps. */
  readonly step: number;
  readonly steps: number;
  readonly keptNow: KeptUnits;
  /** In the order of `keptNow`. */
  readonly scores: UnitScores;
  readonly interactions?: UnitInteractions | undefined;
  readonly samples: Int32Array;
}

/** What the budget counts. */
export const budgetCost = ({ budget: { kind } }: ResolvedSpec['pruning']): CostKind =>
  kind === 'fraction' || kind === 'fit' ? 'units' : kind;

/** What a score is divided by the saving of. */
export const pricedCost = (pruning: ResolvedSpec['pruning']): CostKind | 'none' =>
  pruning.cost === 'budget' ? budgetCost(pruning) : pruning.cost;

/**
 * The units that stay after a step of the cubic schedule. After the last one the budget holds, for `synops` and `energy` as far
 * as the present activity tells.
 * @throws CodedError spec.budget-invalid, job.cannot-fit
 */
export async function chooseUnits(session: Session, pruningStep: PruningStep): Promise<KeptUnits> {
  const { keptNow, scores, interactions, step, steps, samples } = pruningStep;
  const { pruning, network: dense } = session.spec;
  const counted = budgetCost(pruning);
  const priced = pricedCost(pruning);
  const price =
    priced === 'none' || priced === 'units' ? null : await costOfKind(session, priced, keptNow, samples);
  const removal = { keptNow, scores, interactions, floors: prunableLayers(dense, pruning), price };
  if (pruning.budget.kind === 'fit') {
    const plan = planFit(
      removal,
      (kept) => unmetLimits(fitOf(pruneNetwork(dense, kept), session.spec)).length === 0,
    );
    if (plan === null) throw cannotFit(session.spec);
    return removeFirst(removal, Math.ceil(plan.removed * shareOfRest(step, steps) - 1e-9));
  }
  const cost =
    counted === priced && price !== null ? price : await costOfKind(session, counted, keptNow, samples);
  const now = costLeft(cost, keptNow);
  const end = pruning.budget.kind === 'fraction' ? unitsAfter(session.spec) : pruning.budget.value!;
  const limit = step >= steps ? end : now - Math.max(0, now - end) * shareOfRest(step, steps);
  return planPruning({ ...removal, cost, limit, mustMeet: step >= steps });
}

function unitsAfter({ network, pruning }: ResolvedSpec): number {
  const units = costLeft(unitCost(network), {});
  return units - unitsToRemove(pruning.budget.value!, units);
}

export function cannotFit(spec: ResolvedSpec): CodedError {
  const unmet = unmetLimits(fitAtFloors(spec));
  const { target } = spec;
  const named = unmet
    .map(({ name, required, available }) => `${name}: ${required} of ${available}`)
    .join('; ');
  return new CodedError(
    'job.cannot-fit',
    `with every layer pruned to its floor the network still does not fit ${target.id} (${named})`,
    {
      errors: unmet.map(({ name, explanation }) => ({
        pointer: '/method/pruning/budget/kind',
        detail: `${name}: ${explanation}`,
      })),
    },
  );
}
