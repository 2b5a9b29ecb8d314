import { assertExhaustive, type Network } from '@spikefit/contracts';
import {
  allNeurons,
  connectionsBetween,
  countNetwork,
  layerPresence,
  type NeuronsLeft,
  networkBlocks,
  prunableNeurons,
} from '@spikefit/specification';
import type { Session } from '../session.ts';
import type { CostKind } from './costs.ts';
import { connectionFlow, measuredFlow, operationsLeft, savingsOf } from './neuron-operations.ts';
import { sizeLeft, weightsPerNeuron } from './neuron-size.ts';

export interface NeuronCost {
  /** By weight layer, what the removal of each neuron of the dense network saves; null: all the same. */
  readonly price: Readonly<Record<string, Float64Array>> | null;
  /** How much is left with these neurons. */
  readonly amount: (left: NeuronsLeft) => number;
}

/** A cost of the present network; `synops` and `energy` are measured on `samples`. */
export async function neuronCostOf(
  session: Session,
  kind: CostKind,
  samples: Int32Array,
): Promise<NeuronCost> {
  const { spec } = session;
  const { network: dense } = spec;
  switch (kind) {
    case 'units':
      return { price: null, amount: count };
    case 'neurons': {
      const readOut = countNetwork(dense).neurons - count(allNeurons(dense));
      return { price: null, amount: (left) => readOut + count(left) };
    }
    case 'synapses':
      return {
        price: savingsOf(session, connectionFlow(session)),
        amount: (left) => connectionsLeft(dense, left),
      };
    case 'size':
      return { price: weightsPerNeuron(dense), amount: (left) => sizeLeft(spec, left) };
    case 'synops':
    case 'energy': {
      const flow = await measuredFlow(session, kind, samples);
      return { price: savingsOf(session, flow), amount: operationsLeft(session, flow) };
    }
    default:
      return assertExhaustive(kind);
  }
}

const count = (left: NeuronsLeft): number =>
  Object.values(left).reduce((sum, mask) => sum + mask.reduce((ones, one) => ones + one, 0), 0);

/** Unrolled connections of which both ends are left. */
function connectionsLeft(dense: Network, left: NeuronsLeft): number {
  const masks = prunableNeurons(dense).map(({ id, neuronId }) => [neuronId, left[id]!]);
  const presence = layerPresence(dense, Object.fromEntries(masks));
  return networkBlocks(dense).reduce(
    (sum, { weight }) => sum + connectionsBetween(weight, presence[weight.id]!),
    0,
  );
}
