import { type InputActivity, type OperationPrices, operationCost } from '@spikefit/compression';
import { assertExhaustive, isWeightLayer, type ResolvedSpec } from '@spikefit/contracts';
import { fanOutMap, horowitzPicojoules } from '@spikefit/hardware';
import {
  type KeptUnits,
  type NetworkCost,
  neuronCost,
  sizeCost,
  synapseCost,
  unitCost,
  unitsOf,
} from '@spikefit/specification';
import { InputEvents } from '../input-events.ts';
import type { Session } from '../session.ts';
import { observeNetwork } from './observe-network.ts';

/** What a budget or a price may count. */
export type CostKind = Exclude<ResolvedSpec['pruning']['cost'], 'budget' | 'none'> | 'units';

/** Whether a cost depends on what the network fires, and so has to be measured. */
export const followsActivity = (kind: CostKind): boolean => kind === 'synops' || kind === 'energy';

const joulesPerPicojoule = 1e-12;

/** What an operation counts: itself, or its joules. */
export function operationPrices(kind: 'synops' | 'energy'): OperationPrices {
  if (kind === 'synops') return { accumulate: 1, multiplyAccumulate: 1 };
  const { accumulate, multiplyAccumulate } = horowitzPicojoules.fp32;
  return {
    accumulate: accumulate * joulesPerPicojoule,
    multiplyAccumulate: multiplyAccumulate * joulesPerPicojoule,
  };
}

/** A cost of the present network, in the numbering of the dense one; `synops` and `energy` are measured on `samples`. */
export async function costOfKind(
  session: Session,
  kind: CostKind,
  keptNow: KeptUnits,
  samples: Int32Array,
): Promise<NetworkCost> {
  const { network: dense, quantization } = session.spec;
  switch (kind) {
    case 'units':
      return unitCost(dense);
    case 'neurons':
      return neuronCost(dense);
    case 'synapses':
      return synapseCost(dense);
    case 'size':
      return sizeCost(dense, quantization);
    case 'synops':
    case 'energy': {
      const activity = await measureActivity(session, samples);
      const unit = kind === 'energy' ? 'joules per image' : 'synaptic operations per image';
      return operationCost({ dense, keptNow, activity, prices: operationPrices(kind), unit });
    }
    default:
      return assertExhaustive(kind);
  }
}

/** Events of every channel that a layer reads, times the non-zero synapses that each drives, per image and unit. */
async function measureActivity(session: Session, samples: Int32Array): Promise<InputActivity> {
  const { network } = session;
  const events = new InputEvents(network);
  const weights = await observeNetwork(session, samples, events);
  const activity: Record<string, Float64Array> = {};
  for (const layer of network.layers.filter(isWeightLayer)) {
    const sums = events.sums[layer.id];
    if (sums === undefined) continue;
    const fanOut = fanOutMap(network, layer.id, weights[layer.id]!);
    const channels = layer.inputShape[2];
    const perChannel = new Float64Array(channels);
    for (const [i, count] of sums.entries()) perChannel[i % channels]! += count * fanOut[i]!;
    activity[layer.id] = perChannel.map((total) => total / (unitsOf(layer) * events.images));
  }
  return activity;
}
