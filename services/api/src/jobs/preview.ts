import { assertExhaustive, type JobPreview, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { previewFit } from '@spikefit/hardware';
import {
  costLeft,
  countNetwork,
  countWeights,
  denseSizeBits,
  networkBlocks,
  prunableLayers,
  prunableNeurons,
  resizeNetwork,
  sizeCost,
  sparseSizeBits,
  synapseLayers,
} from '@spikefit/specification';
import { estimateWork } from './estimate.ts';

/** What a job would be: answered before anything is stored. */
export function previewJob(resolved: ResolvedSpec): JobPreview {
  return {
    resolved,
    fit: previewFit(resolved),
    estimate: {
      ...estimateWork(resolved),
      denseSizeBits: denseSizeBits(resolved.network),
      compressedSizeBits: compressedSizeBits(resolved),
    },
  };
}

/** Bits of the artifact if every layer that is pruned keeps the same share of its units; null where the budget does not tell it. */
function compressedSizeBits({ network, quantization, pruning }: ResolvedSpec): number | null {
  const cost = sizeCost(network, quantization);
  if (pruning.unit === 'synapse' && pruning.technique !== 'none')
    return sparseBits({ network, quantization, pruning }, Math.ceil(costLeft(cost, {})));
  const share = keptShare(network, pruning);
  if (pruning.budget.kind === 'size' && pruning.technique !== 'none')
    return Math.min(pruning.budget.value!, Math.ceil(costLeft(cost, {})));
  if (share === null) return null;
  if (pruning.unit === 'neuron' && pruning.technique !== 'none')
    return neuronBits({ network, quantization }, share);
  const kept = Object.fromEntries(
    prunableLayers(network).map(({ id, units }) => [
      id,
      Array.from({ length: Math.max(1, Math.round(units * share)) }, (_, unit) => unit),
    ]),
  );
  return Math.ceil(costLeft(cost, kept));
}

/**
 * With neurons cut evenly, channels stay and have bitmaps, units of FCs go, and of what an FC reads the windows in which by chance one
 * neuron is left.
 */
function neuronBits(
  { network, quantization }: Pick<ResolvedSpec, 'network' | 'quantization'>,
  share: number,
): number {
  let bits = 0;
  const units: Record<string, number> = {};
  for (const {
    id,
    neurons,
    shape: [height, width, channels],
  } of prunableNeurons(network)) {
    if (height * width === 1) units[id] = Math.max(1, Math.round(channels * share));
    else bits += 8 * Math.ceil(neurons / 8);
  }
  const left = resizeNetwork(network, units);
  let inputShare = 1;
  const sparse: Record<string, { kept: number; maskBits: number }> = {};
  for (const { weight, neuron, poolsAfterNeuron } of networkBlocks(left)) {
    if (weight.kind === 'dense')
      sparse[weight.id] = { kept: Math.round(countWeights(weight) * inputShare), maskBits: 0 };
    const window = poolsAfterNeuron.reduce((area, { size }) => area * size ** 2, 1);
    inputShare = neuron === null || weight.kind === 'dense' ? 1 : 1 - (1 - share) ** window;
  }
  return Math.ceil(bits + sparseSizeBits(left, quantization, sparse));
}

/** With every layer cut by the same share, and masks as bitmaps: the most that they take. */
function sparseBits(
  { network, quantization, pruning: { budget } }: Pick<ResolvedSpec, 'network' | 'quantization' | 'pruning'>,
  whole: number,
): number | null {
  if (budget.kind === 'size') return Math.min(budget.value!, whole);
  if (budget.kind !== 'fraction' && budget.kind !== 'synapses') return null;
  const share =
    budget.kind === 'fraction'
      ? 1 - budget.value!
      : Math.min(1, budget.value! / countNetwork(network).synapses);
  return Math.ceil(
    sparseSizeBits(
      network,
      quantization,
      Object.fromEntries(
        synapseLayers(network).map(({ id, synapses }) => [
          id,
          { kept: Math.round(synapses * share), maskBits: 8 * Math.ceil(synapses / 8) },
        ]),
      ),
    ),
  );
}

/** Share of the units that an even cut leaves; synapses shrink with both ends, so with about its square. */
function keptShare(
  network: Network,
  { technique, budget: { kind, value } }: ResolvedSpec['pruning'],
): number | null {
  if (technique === 'none') return 1;
  const counts = countNetwork(network);
  switch (kind) {
    case 'fraction':
      return 1 - value!;
    case 'neurons':
      return Math.min(1, value! / Math.max(1, counts.neurons));
    case 'synapses':
      return Math.min(1, Math.sqrt(value! / counts.synapses));
    case 'synops':
    case 'energy':
    case 'size':
    case 'fit':
      return null;
    default:
      return assertExhaustive(kind);
  }
}
