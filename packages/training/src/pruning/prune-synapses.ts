import {
  amountLeft,
  countPresent,
  fewestRemovals,
  maskParameters,
  normalizeScores,
  orderSynapses,
  removeSynapses,
  type SynapseMasks,
  type SynapseOrder,
  type SynapseScores,
  shareOfRest,
} from '@spikefit/compression';
import { CodedError } from '@spikefit/contracts';
import { synapseLayers, unitsToRemove } from '@spikefit/specification';
import type { PhasePlan } from '../plan.ts';
import type { Session } from '../session.ts';
import { synapseScorer } from '../techniques.ts';
import { calibrationBatches, chooseCalibrationSamples, withNetwork } from './calibration.ts';
import { budgetCost } from './choose-units.ts';
import { followsActivity } from './costs.ts';
import { recalibrate } from './recalibrate.ts';
import { layerUnits, pricesOfKind, sizeLeft } from './synapse-costs.ts';

interface Step {
  /** 1…steps. */
  readonly step: number;
  readonly steps: number;
  readonly samples: Int32Array;
}

/**
 * One step of the cubic schedule: scores every synapse, removes the least important ones, and recalibrates the batch norms. As
 * with channels a budget of `synops` or `energy` is measured again after the last step until it holds.
 */
export async function pruneSynapses(session: Session, plan: PhasePlan): Promise<void> {
  const { state, spec, ports } = session;
  const samples = chooseCalibrationSamples(session);
  const step = { step: state.epoch + 1, steps: plan.epochs, samples };
  const repeats = step.step === step.steps && followsActivity(budgetCost(spec.pruning));
  const scores = await scoreSynapses(session, samples);
  for (;;) {
    const keptNow = { ...allSynapses(session), ...state.synapses };
    const kept = await chooseSynapses(session, keptNow, scores, step);
    await apply(session, kept, samples);
    const removed = total(keptNow) - total(kept);
    if (!repeats || removed === 0) break;
  }
  ports.emit('pruning.stepped', {
    step: step.step,
    steps: step.steps,
    kept: Object.fromEntries(Object.entries(state.synapses).map(([id, mask]) => [id, countPresent(mask)])),
    of: Object.fromEntries(Object.entries(state.synapses).map(([id, mask]) => [id, mask.length])),
  });
}

const allSynapses = ({ spec }: Session): SynapseMasks =>
  Object.fromEntries(
    synapseLayers(spec.network).map(({ id, synapses }) => [id, new Uint8Array(synapses).fill(1)]),
  );

const total = (masks: SynapseMasks): number =>
  Object.values(masks).reduce((sum, mask) => sum + countPresent(mask), 0);

async function scoreSynapses(session: Session, samples: Int32Array): Promise<SynapseScores> {
  const { spec, state, network } = session;
  const score = synapseScorer(spec);
  const scores = await withNetwork(session, (parameters, weights) =>
    score({
      network,
      parameters,
      batches: calibrationBatches(session, samples, 1),
      labels: spec.pruning.labels,
      seed: spec.seed,
      round: state.epoch,
      ...weights,
    }),
  );
  return normalizeScores(scores, spec.pruning.normalization);
}

/**
 * The synapses that stay after a step.
 * @throws CodedError spec.budget-invalid
 */
async function chooseSynapses(
  session: Session,
  keptNow: SynapseMasks,
  scores: SynapseScores,
  { step, steps, samples }: Step,
): Promise<SynapseMasks> {
  const { pruning, network: dense } = session.spec;
  const counted = budgetCost(pruning);
  const priced = pruning.cost === 'budget' ? counted : pruning.cost;
  const price = priced === 'none' ? null : await pricesOfKind(session, priced, samples);
  const units = layerUnits(dense);
  const order = orderSynapses({ keptNow, scores, floors: synapseLayers(dense, pruning), price, units });
  const share = shareOfRest(step, steps);
  if (counted === 'size') return removeSynapses(order, toSize(session, order, share));
  const perRow = counted === priced && price !== null ? price : await pricesOfKind(session, counted, samples);
  const now = amountLeft(keptNow, perRow, units);
  const end = pruning.budget.kind === 'fraction' ? synapsesAfter(session) : pruning.budget.value!;
  const limit = step >= steps ? end : now - Math.max(0, now - end) * share;
  const count = fewestRemovals(order, (masks) => amountLeft(masks, perRow, units) <= limit);
  if (count === null && step >= steps)
    throw belowFloors(amountLeft(removeSynapses(order, order.positions.length), perRow, units), end);
  return removeSynapses(order, count ?? order.positions.length);
}

/**
 * Of the removals that the budget takes, this step's share. The first removals make a layer larger, since it has a mask from then on,
 * and all later ones smaller: from above the budget on bisection finds the first that meets it.
 */
function toSize(session: Session, order: SynapseOrder, share: number): number {
  const limit = session.spec.pruning.budget.value!;
  const count = fewestRemovals(order, (masks) => sizeLeft(session.spec, masks) <= limit);
  if (count === null)
    throw belowFloors(sizeLeft(session.spec, removeSynapses(order, order.positions.length)), limit);
  return Math.ceil(count * share - 1e-9);
}

function synapsesAfter({ spec: { network, pruning } }: Session): number {
  const all = synapseLayers(network).reduce((sum, { synapses }) => sum + synapses, 0);
  return all - unitsToRemove(pruning.budget.value!, all);
}

const belowFloors = (amount: number, limit: number): CodedError =>
  new CodedError(
    'spec.budget-invalid',
    `with every layer at its floor ${Number(amount.toPrecision(6))} are left, and the budget allows ${Number(limit.toPrecision(6))}`,
    { errors: [{ pointer: '/method/pruning/budget/value', detail: `at least ${amount} stay` }] },
  );

async function apply(session: Session, masks: SynapseMasks, samples: Int32Array): Promise<void> {
  const { state } = session;
  await session.download();
  state.parameters = maskParameters(state.parameters, masks);
  state.firstMoments = maskParameters(state.firstMoments, masks);
  state.secondMoments = maskParameters(state.secondMoments, masks);
  state.synapses = masks;
  session.upload();
  await recalibrate(session, samples);
}
