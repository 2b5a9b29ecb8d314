import {
  amountLeft,
  maskParameters,
  orderPlaces,
  type SynapseMasks,
  type SynapseScores,
} from '@spikefit/compression';
import { synapseLayers, unitsToRemove } from '@spikefit/specification';
import type { Session } from '../session.ts';
import { synapseScorer } from '../techniques.ts';
import { budgetCost, pricedCost } from './choose-units.ts';
import {
  belowFloors,
  type MaskedForm,
  type MaskStep,
  removeDownTo,
  removeShareOf,
} from './prune-by-masks.ts';
import { recalibrate } from './recalibrate.ts';
import { scoresOf } from './scores.ts';
import { layerUnits, pricesOfKind, sizeLeft } from './synapse-costs.ts';

const left = ({ spec, state }: Session): SynapseMasks => ({
  ...Object.fromEntries(
    synapseLayers(spec.network).map(({ id, synapses }) => [id, new Uint8Array(synapses).fill(1)]),
  ),
  ...state.synapses,
});

/** Gradients of a weight are per sample only where a batch has one. */
const score = (session: Session, samples: Int32Array): Promise<SynapseScores> =>
  scoresOf(session, samples, synapseScorer(session.spec), { batch: 1 });

async function choose(
  session: Session,
  keptNow: SynapseMasks,
  scores: SynapseScores,
  step: MaskStep,
): Promise<SynapseMasks> {
  const { spec } = session;
  const { pruning, network: dense } = spec;
  const counted = budgetCost(pruning);
  const priced = pricedCost(pruning);
  const price = priced === 'none' ? null : await pricesOfKind(session, priced, step.samples);
  const units = layerUnits(dense);
  const order = orderPlaces({ keptNow, scores, floors: synapseLayers(dense, pruning), price, units });
  if (counted === 'size') {
    const limit = pruning.budget.value!;
    const bits = (masks: SynapseMasks) => sizeLeft(spec, masks);
    return removeShareOf(
      order,
      step,
      (masks) => bits(masks) <= limit,
      (masks) => belowFloors(bits(masks), limit),
    );
  }
  const perRow =
    counted === priced && price !== null ? price : await pricesOfKind(session, counted, step.samples);
  const end = pruning.budget.kind === 'fraction' ? synapsesAfter(session) : pruning.budget.value!;
  return removeDownTo(order, step, (masks) => amountLeft(masks, perRow, units), end);
}

function synapsesAfter({ spec: { network, pruning } }: Session): number {
  const all = synapseLayers(network).reduce((sum, { synapses }) => sum + synapses, 0);
  return all - unitsToRemove(pruning.budget.value!, all);
}

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

/** Single weights of every layer. */
export const synapseForm: MaskedForm<SynapseScores> = { left, score, choose, apply };
