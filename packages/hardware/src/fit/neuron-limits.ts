import { type FitLimit, limitKind } from '@spikefit/contracts';
import { networkBlocks } from '@spikefit/specification';
import { demandOf } from './demand.ts';
import type { Verdict } from './limit.ts';
import { type FitSubject, isQuantized } from './subject.ts';

/** Neuron model, reset, comparison, thresholds and pooling. */
export function neuronLimits(subject: FitSubject): FitLimit[] {
  // What has no spikes has no reset and no comparison either.
  if (subject.network.layers.some((layer) => layer.kind === 'neuron' && layer.neuron === 'relu'))
    return [modelLimit(subject), ...poolingLimits(subject)];
  return [
    modelLimit(subject),
    resetLimit(subject),
    comparisonLimit(subject),
    thresholdLimit(subject),
    ...poolingLimits(subject),
  ];
}

/** A limit without numbers: what the network has is among what the chip offers, or not. */
function choiceLimit(
  name: string,
  wanted: readonly string[],
  { value, source }: { value: readonly string[] | null; source: string },
  explanation = '',
): FitLimit {
  const missing = wanted.filter((one) => value !== null && !value.includes(one));
  const verdict: Verdict = value === null ? 'cannot-tell' : missing.length === 0 ? 'fits' : 'does-not-fit';
  const offered =
    value === null ? 'no source says what the chip offers' : `the chip offers ${value.join(', ')}`;
  return {
    name,
    required: null,
    available: null,
    verdict,
    explanation: `The network has ${wanted.join(', ') || 'none'}; ${offered}.${explanation}`,
    source,
  };
}

function modelLimit({ network, target }: FitSubject): FitLimit {
  const models = network.layers.flatMap((layer) => (layer.kind === 'neuron' ? [layer.neuron] : []));
  return choiceLimit('neuron.models', [...new Set(models)], target.neuron.models);
}

function resetLimit({ network, target }: FitSubject): FitLimit {
  return choiceLimit('neuron.resets', [network.neuron.reset], target.neuron.resets);
}

/** In integers h ≥ θ is h > θ − 1, so either comparison serves for the other. */
function comparisonLimit({ network, target }: FitSubject): FitLimit {
  const { comparison } = network.neuron;
  const limit = choiceLimit('neuron.comparisons', [comparison], target.neuron.comparisons);
  if (limit.verdict !== 'does-not-fit') return limit;
  return {
    ...limit,
    verdict: 'fits',
    explanation: `${limit.explanation} With integer potentials the threshold moves by one unit, and both are the same.`,
  };
}

/**
 * Bounds of the different thresholds, in units of the weights' step, in one layer and over all layers. The OR neurons of
 * max pools and the integrators of a read-out, which never fire, may share the others' thresholds or add one each.
 */
function thresholdBounds({ network, quantization, thresholds, target, neurons }: FitSubject): {
  least: number;
  most: number;
} {
  const { orNeurons } = demandOf(network, target.pooling.max, { none: true, neurons });
  let least = 0;
  let most = orNeurons > 0 ? 1 : 0;
  for (const { batchNorm, neuron } of networkBlocks(network)) {
    if (neuron === null) {
      most += 1;
      continue;
    }
    const channels = neuron.outputShape[2];
    const own = thresholds?.[neuron.id];
    // Each channel of a `channel` group has its own step, so its own threshold in units of it.
    const perChannel = isQuantized(quantization) && quantization.group === 'channel';
    if (own !== undefined && !perChannel) {
      const distinct = new Set(Array.from(own)).size;
      least = Math.max(least, distinct);
      most += distinct;
    } else {
      least = Math.max(least, 1);
      most += perChannel || (batchNorm !== null && isQuantized(quantization)) ? channels : 1;
    }
  }
  return { least, most };
}

/**
 * Of different thresholds no core holds more than the whole network has, whatever the placement: if the network has no
 * more than one core may, it fits.
 */
function thresholdLimit(subject: FitSubject): FitLimit {
  const { thresholdGranularity: granularity, maxThresholdProfiles: profiles, cores } = subject.target;
  const { least, most } = thresholdBounds(subject);
  const perNetwork = granularity.value === 'network';
  const kind = perNetwork ? 'limit' : limitKind(profiles);
  const available = perNetwork ? 1 : profiles.value;
  const onChip =
    available === null || perNetwork ? available : available * (cores.value ?? Number.POSITIVE_INFINITY);
  const [verdict, note]: [Verdict, string] =
    kind === 'none'
      ? ['fits', '']
      : available === null || granularity.value === null
        ? ['cannot-tell', ' No source gives a limit.']
        : most <= available
          ? ['fits', '']
          : onChip !== null && least > onChip
            ? ['does-not-fit', '']
            : perNetwork
              ? ['cannot-tell', '']
              : ['cannot-tell', ' Which of them meet in one core depends on the placement.'];
  const where = perNetwork
    ? 'one for the whole network'
    : { limit: `${available} per core`, none: 'no limit to them', unknown: 'an unknown number per core' }[
        kind
      ];
  const found = least === most ? `${most}` : `${least} to ${most}`;
  return {
    name: 'maxThresholdProfiles',
    required: most,
    available,
    kind,
    verdict,
    explanation: `Thresholds in units of the weights' step: ${found} different ones over all layers (batch norm that is folded into the neurons gives each channel its own, OR neurons and read-out may add one each); the chip has ${where}.${note}`,
    source: perNetwork ? granularity.source : profiles.source,
  };
}

function poolingLimits({ network, target }: FitSubject): FitLimit[] {
  const { max, source } = target.pooling;
  const limits: FitLimit[] = [];
  const blocks = networkBlocks(network);
  const limit = (name: string, verdict: Verdict, explanation: string): FitLimit => ({
    name,
    required: null,
    available: null,
    verdict,
    explanation,
    source,
  });
  // Behind an average pool there are no spikes any more that a max pool could be the OR of.
  const maxima = blocks.flatMap(({ poolsAfterNeuron }) =>
    poolsAfterNeuron.flatMap(({ kind }, i) =>
      kind === 'maxPool'
        ? [poolsAfterNeuron.slice(0, i).some((pool) => pool.kind === 'averagePool') ? 'averages' : 'spikes']
        : [],
    ),
  );
  const after = maxima.includes('spikes');
  const before =
    maxima.includes('averages') ||
    blocks.some(({ poolsBeforeNeuron }) => poolsBeforeNeuron.some(({ kind }) => kind === 'maxPool'));
  const average = network.layers.some(({ kind }) => kind === 'averagePool');
  if (after) {
    const cases: Record<typeof max, [Verdict, string]> = {
      native: ['fits', 'The chip pools spikes itself.'],
      'or-neurons': [
        'fits',
        'A max pool of spikes is an OR: one neuron per output, counted among the neurons.',
      ],
      none: ['does-not-fit', 'The chip has no max pool of spikes and no neurons to make one of.'],
      unknown: ['cannot-tell', 'No source says whether the chip can pool spikes by their maximum.'],
    };
    limits.push(limit('pooling.max', ...cases[max]));
  }
  if (before) {
    limits.push(
      limit(
        'pooling.maxOfPotentials',
        max === 'native' ? 'cannot-tell' : 'does-not-fit',
        'A max pool between weights and neuron, or behind an average pool, compares numbers, not spikes: an OR of neurons cannot do that.',
      ),
    );
  }
  if (average) {
    limits.push(
      limit(
        'pooling.average',
        'cannot-tell',
        'An average pool is merged into the weights beside it, and every averaged input is counted as a connection; whether the chip has the precision for it is not checked.',
      ),
    );
  }
  return limits;
}
