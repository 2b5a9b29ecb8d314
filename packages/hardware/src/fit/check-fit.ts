import type { Fit, FitLimit, ResolvedSpec } from '@spikefit/contracts';
import { prunableLayers, resizeNetwork } from '@spikefit/specification';
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

/**
 * The same before the job has run. Which units pruning will remove is not known, but no more than leaves every layer
 * at its floor: a limit that the dense network exceeds and that network does not, cannot be told.
 */
export function previewFit({ network, quantization, pruning, target }: ResolvedSpec): Fit {
  const dense = checkFit({ network, quantization, target });
  if (pruning.technique === 'none') return dense;
  const floors = Object.fromEntries(prunableLayers(network, pruning).map(({ id, floor }) => [id, floor]));
  const smallest = checkFit({ network: resizeNetwork(network, floors), quantization, target });
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
