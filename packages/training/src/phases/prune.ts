import {
  allUnits,
  channelProducts,
  compensateWeights,
  interactionsLeft,
  pruneParameters,
  scoresAlone,
  type UnitInteractions,
  type UnitScores,
} from '@spikefit/compression';
import { assertExhaustive } from '@spikefit/contracts';
import type { HostParameters } from '@spikefit/snn';
import { type KeptUnits, prunableLayers, pruneNetwork } from '@spikefit/specification';
import { runEpoch } from '../epochs.ts';
import { isJoint, type PhasePlan } from '../plan.ts';
import { calibrationBatches, chooseCalibrationSamples, withNetwork } from '../pruning/calibration.ts';
import { budgetCost, chooseUnits } from '../pruning/choose-units.ts';
import { followsActivity } from '../pruning/costs.ts';
import { pruneByMasks } from '../pruning/prune-by-masks.ts';
import { neuronForm } from '../pruning/prune-neurons.ts';
import { synapseForm } from '../pruning/prune-synapses.ts';
import { recalibrate } from '../pruning/recalibrate.ts';
import { scoresOf, withScoringInput } from '../pruning/scores.ts';
import type { Session } from '../session.ts';
import { interactionScorer, unitScorer } from '../techniques.ts';
import { adjustLevels, closeEpoch } from './train.ts';

/**
 * `steps` rounds, each of which scores the units, removes the least important down to the cubic schedule's budget,
 * recalibrates the batch norms and trains a little to recover.
 */
export async function runPrunePhase(session: Session, plan: PhasePlan): Promise<void> {
  const { state } = session;
  while (state.epoch < plan.epochs) {
    if (!state.pruned) {
      await removeLeast(session, plan);
      state.pruned = true;
    }
    const speed = await runEpoch(session, plan);
    state.pruned = false;
    await closeEpoch(session, plan, speed);
    if (isJoint(session.spec)) {
      await session.download();
      adjustLevels(session);
    }
    await session.checkpoint();
  }
}

function removeLeast(session: Session, plan: PhasePlan): Promise<void> {
  const { unit } = session.spec.pruning;
  switch (unit) {
    case 'channel':
      return removeUnits(session, plan);
    case 'neuron':
      return pruneByMasks(session, plan, neuronForm);
    case 'synapse':
      return pruneByMasks(session, plan, synapseForm);
    default:
      return assertExhaustive(unit);
  }
}

/**
 * One step of pruning. What a network fires changes when units go, so a budget that counts it is measured again after the
 * last step, and more units go until it holds.
 */
async function removeUnits(session: Session, plan: PhasePlan): Promise<void> {
  const { state, spec, ports } = session;
  const samples = chooseCalibrationSamples(session);
  const step = state.epoch + 1;
  const repeats = step === plan.epochs && followsActivity(budgetCost(spec.pruning));
  let keptNow: KeptUnits = { ...allUnits(spec.network), ...state.kept };
  let importance = await importanceOf(session, samples);
  for (;;) {
    const kept = await chooseUnits(session, { step, steps: plan.epochs, keptNow, ...importance, samples });
    const removes = Object.entries(kept).some(([id, units]) => units.length < keptNow[id]!.length);
    await apply(session, keptNow, kept, samples);
    if (!repeats || !removes) break;
    importance = importanceLeft(importance, keptNow, kept);
    keptNow = kept;
  }
  ports.emit('pruning.stepped', {
    step,
    steps: plan.epochs,
    kept: Object.fromEntries(Object.entries(state.kept).map(([id, units]) => [id, units.length])),
    of: Object.fromEntries(prunableLayers(spec.network).map(({ id, units }) => [id, units])),
  });
}

/** How much units matter, alone and together. */
interface Importance {
  readonly scores: UnitScores;
  readonly interactions?: UnitInteractions;
}

async function importanceOf(session: Session, samples: Int32Array): Promise<Importance> {
  if (!session.spec.pruning.interactions)
    return { scores: await scoresOf(session, samples, unitScorer(session.spec)) };
  const interactions = await withScoringInput(session, samples, interactionScorer(session.spec));
  return { scores: scoresAlone(interactions), interactions };
}

/** Of the units that are left. */
function importanceLeft(
  { scores, interactions }: Importance,
  before: KeptUnits,
  after: KeptUnits,
): Importance {
  if (interactions !== undefined) {
    const left = interactionsLeft(interactions, before, after);
    return { scores: scoresAlone(left), interactions: left };
  }
  return {
    scores: Object.fromEntries(
      Object.entries(scores).map(([id, values]) => {
        const left = new Set(after[id]);
        return [id, values.filter((_, i) => left.has(before[id]![i]!))];
      }),
    ),
  };
}

async function apply(
  session: Session,
  keptNow: KeptUnits,
  keptNext: KeptUnits,
  samples: Int32Array,
): Promise<void> {
  const { state, spec } = session;
  const network = session.network;
  const products =
    spec.pruning.compensation === 'none'
      ? null
      : await withNetwork(session, (parameters, weights) =>
          channelProducts({ network, parameters, batches: calibrationBatches(session, samples), ...weights }),
        );
  await session.download();
  if (products !== null)
    state.parameters = compensateWeights({
      network,
      keptNow,
      keptNext,
      parameters: state.parameters,
      products,
    });
  const prune = (parameters: HostParameters): HostParameters =>
    pruneParameters({ network, keptNow, keptNext, parameters });
  state.parameters = prune(state.parameters);
  state.firstMoments = prune(state.firstMoments);
  state.secondMoments = prune(state.secondMoments);
  state.kept = keptNext;
  state.network = pruneNetwork(spec.network, keptNext);
  session.upload();
  await recalibrate(session, samples);
}
