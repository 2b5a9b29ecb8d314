import type { Fit, FitLimit, ResolvedSpec } from '@spikefit/contracts';
import {
  keptChannels,
  type NeuronsLeft,
  neuronsAtFloors,
  presentNeurons,
  prunableLayers,
  pruneNetwork,
  resizeNetwork,
} from '@spikefit/specification';
import { overallVerdict } from './limit.ts';
import { neuronLimits } from './neuron-limits.ts';
import { resourceLimits } from './resource-limits.ts';
import type { FitSubject } from './subject.ts';
import { weightLimits } from './weight-limits.ts';

/**
 * Whether a network fits a target, limit by limit. Nothing is placed: limits of the chip and of one neuron are decided,
 * limits of a core give "does not fit" where a lower bound is exceeded and "cannot tell" else.
 */
export function checkFit(subject: FitSubject): Fit {
  const limits = [...resourceLimits(subject), ...weightLimits(subject), ...neuronLimits(subject)];
  const { id, version } = subject.target;
  return { target: { id, version }, verdict: overallVerdict(limits), limits };
}

/** With every layer pruned to its floor, before weights are known; of neurons, in as few channels as hold them. */
export function fitAtFloors({ network, quantization, pruning, target }: ResolvedSpec): Fit {
  if (pruning.unit === 'neuron')
    return fitOfNeurons({ network, quantization, target }, neuronsAtFloors(network, pruning));
  const floors = Object.fromEntries(prunableLayers(network, pruning).map(({ id, floor }) => [id, floor]));
  return checkFit({ network: resizeNetwork(network, floors), quantization, target });
}

/** With these neurons of the dense network left, before weights are known. */
export const fitOfNeurons = (
  { network, quantization, target }: Pick<ResolvedSpec, 'network' | 'quantization' | 'target'>,
  left: NeuronsLeft,
): Fit =>
  checkFit({
    network: pruneNetwork(network, keptChannels(network, left)),
    neurons: presentNeurons(network, left),
    quantization,
    target,
  });

/**
 * The same before the job has run. Which units pruning will remove is not known, but no more than leaves every layer
 * at its floor: a limit that the dense network exceeds and that network does not, cannot be told.
 */
export function previewFit(spec: ResolvedSpec): Fit {
  const { network, quantization, pruning, target } = spec;
  const dense = checkFit({ network, quantization, target });
  if (pruning.technique === 'none') return dense;
  const smallest = fitAtFloors(spec);
  const limits = dense.limits.map((limit, i) => afterPruning(limit, smallest.limits[i]!));
  return { ...dense, verdict: overallVerdict(limits), limits };
}

function afterPruning(dense: FitLimit, smallest: FitLimit): FitLimit {
  if (dense.verdict !== 'does-not-fit') return dense;
  if (smallest.verdict === 'does-not-fit') {
    const same = dense.required === smallest.required;
    const note = same ? '' : ` Pruned as far as it may be, the network still needs ${smallest.required}.`;
    return { ...dense, explanation: `${dense.explanation}${note}` };
  }
  return {
    ...dense,
    verdict: 'cannot-tell',
    explanation: `Before pruning it does not fit: ${dense.explanation} Pruned as far as it may be, the network needs ${smallest.required}.`,
  };
}
