import {
  maskParameters,
  neuronsLeft,
  orderPlaces,
  pruneParameters,
  synapsesOfNeurons,
  type UnitScores,
  withNeuronMasks,
} from '@spikefit/compression';
import { fitOfNeurons, unmetLimits } from '@spikefit/hardware';
import type { HostParameters } from '@spikefit/snn';
import {
  denseNeurons,
  keptChannels,
  type NeuronsLeft,
  presentNeurons,
  prunableNeurons,
  pruneNetwork,
  unitsToRemove,
} from '@spikefit/specification';
import type { Session } from '../session.ts';
import { unitScorer } from '../techniques.ts';
import { budgetCost, cannotFit, pricedCost } from './choose-units.ts';
import { neuronCostOf } from './neuron-costs.ts';
import {
  belowFloors,
  type MaskedForm,
  type MaskStep,
  removeDownTo,
  removeShareOf,
} from './prune-by-masks.ts';
import { recalibrate } from './recalibrate.ts';
import { scoresOf } from './scores.ts';

const left = ({ spec, state }: Session): NeuronsLeft => neuronsLeft(spec.network, state);

/** In the numbering of the dense network. */
async function score(session: Session, samples: Int32Array): Promise<UnitScores> {
  const { spec, state } = session;
  const scores = await scoresOf(session, samples, unitScorer(spec), { unit: 'neuron' });
  return denseNeurons(spec.network, state.kept, scores);
}

async function choose(
  session: Session,
  keptNow: NeuronsLeft,
  scores: UnitScores,
  step: MaskStep,
): Promise<NeuronsLeft> {
  const { spec } = session;
  const { pruning, network: dense } = spec;
  const counted = budgetCost(pruning);
  const priced = pricedCost(pruning);
  const cost = await neuronCostOf(session, counted, step.samples);
  const { price } =
    priced === 'none'
      ? { price: null }
      : priced === counted
        ? cost
        : await neuronCostOf(session, priced, step.samples);
  const floors = prunableNeurons(dense, pruning);
  const units = Object.fromEntries(floors.map(({ id }) => [id, 1]));
  const order = orderPlaces({ keptNow, scores, floors, price, units });
  if (pruning.budget.kind === 'fit') {
    const fits = (neurons: NeuronsLeft) => unmetLimits(fitOfNeurons(spec, neurons)).length === 0;
    return removeShareOf(order, step, fits, () => cannotFit(spec));
  }
  const { amount } = cost;
  const all = floors.reduce((sum, { neurons }) => sum + neurons, 0);
  const value = pruning.budget.value!;
  if (counted === 'size') {
    const meets = (neurons: NeuronsLeft) => amount(neurons) <= value;
    return removeShareOf(order, step, meets, (atFloors) => belowFloors(amount(atFloors), value));
  }
  const end = pruning.budget.kind === 'fraction' ? all - unitsToRemove(value, all) : value;
  return removeDownTo(order, step, amount, end);
}

/** Channels without a neuron, and units of FCs, really go; what is left of the others has masks. */
async function apply(session: Session, neurons: NeuronsLeft, samples: Int32Array): Promise<void> {
  const { state, spec, network } = session;
  const keptNow = state.kept;
  const keptNext = keptChannels(spec.network, neurons);
  const next = pruneNetwork(spec.network, keptNext);
  const masks = presentNeurons(spec.network, neurons);
  const synapses = synapsesOfNeurons(next, masks);
  await session.download();
  const prune = (parameters: HostParameters): HostParameters =>
    maskParameters(pruneParameters({ network, keptNow, keptNext, parameters }), synapses);
  state.parameters = withNeuronMasks(next, prune(state.parameters), masks);
  state.firstMoments = prune(state.firstMoments);
  state.secondMoments = prune(state.secondMoments);
  state.kept = keptNext;
  state.synapses = synapses;
  state.network = next;
  session.upload();
  await recalibrate(session, samples);
}

/** Single neurons of every layer but the read-out. */
export const neuronForm: MaskedForm<UnitScores> = { left, score, choose, apply };
