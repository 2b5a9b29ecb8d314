import type { JobPreview, Network, ResolvedSpec } from '@spikefit/contracts';
import { previewFit } from '@spikefit/hardware';
import { countNetwork, countWeights, denseSizeBits, networkBlocks, unitsOf } from '@spikefit/specification';
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

/**
 * Bits of the artifact if every hidden layer keeps the same share of its units: an index of ⌈log₂ M⌉ bits per kept
 * weight, a codebook of M codes and Δ (32 bits) per group, a threshold and a bias of 16 bits per kept unit, one mask
 * bit per unit. Without quantisation a weight takes 32 bits.
 */
function compressedSizeBits({ network, quantization, pruning }: ResolvedSpec): number {
  const kept = keptShare(network, pruning);
  const isQuantized = quantization.technique !== 'none';
  const bitsPerWeight = isQuantized ? Math.ceil(Math.log2(quantization.levels)) : 32;
  const codebookBits = isQuantized ? quantization.levels * quantization.bits + 32 : 0;
  let bits = 0;
  networkBlocks(network).forEach(({ weight, neuron, isOutput }, position) => {
    const dense = unitsOf(weight);
    const units = isOutput ? dense : Math.max(1, Math.round(dense * kept));
    const inputs = position === 0 ? 1 : kept;
    const weights = Math.round(countWeights(weight) * (units / dense) * inputs);
    const groups = { layer: 1, channel: units, network: position === 0 ? 1 : 0 }[quantization.group];
    bits += weights * bitsPerWeight + groups * codebookBits + units * 16 * (neuron === null ? 1 : 2) + dense;
  });
  return bits;
}

/** Share of the units that an even cut leaves; synapses shrink with both ends, so with about its square. */
function keptShare(network: Network, { technique, budget }: ResolvedSpec['pruning']): number {
  if (technique === 'none') return 1;
  const counts = countNetwork(network);
  switch (budget.kind) {
    case 'fraction':
      return 1 - budget.value;
    case 'neurons':
      return Math.min(1, budget.value / Math.max(1, counts.neurons));
    case 'synapses':
      return Math.min(1, Math.sqrt(budget.value / counts.synapses));
  }
}
