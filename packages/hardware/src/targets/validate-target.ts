import { CodedError, type FieldError, type Limit, limitNames, type Target } from '@spikefit/contracts';

/**
 * Checks that the numbers of a target do not contradict each other; its form is the schema's business.
 * Throws one `spec.target-invalid` that names every contradiction, with pointers below `pointer`.
 */
export function validateTarget(target: Target, pointer = '/target'): void {
  const errors: FieldError[] = contradictions(target).map(([field, detail]) => ({
    pointer: `${pointer}/${field}`,
    detail,
  }));
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new CodedError('spec.target-invalid', `${first.pointer}: ${first.detail}${more}`, { errors });
}

function contradictions(target: Target): [field: string, detail: string][] {
  const found: [string, string][] = [];
  const atMost = (field: string, part: number | null, whole: number | null, what: string) => {
    if (part !== null && whole !== null && part > whole)
      found.push([field, `is ${part}, and ${what} is ${whole}`]);
  };
  for (const [field, { value, kind }] of limitsOf(target)) {
    if (kind === undefined || (kind === 'limit') === (value !== null)) continue;
    found.push([
      `${field}/kind`,
      value === null ? 'is "limit", and value is null' : `is "${kind}", and value is ${value}`,
    ]);
  }
  const cores = target.cores.value;
  const times = (perCore: number | null) => (cores === null || perCore === null ? null : cores * perCore);
  const { bits, distinctValues, distinctValuesPer, sharedByAxonType } = target.weights;
  atMost('neurons/value', target.neurons.value, times(target.neuronsPerCore.value), 'cores · neuronsPerCore');
  atMost('neuronsPerCore/value', target.neuronsPerCore.value, target.neurons.value, 'the chip');
  atMost(
    'synapses/value',
    target.synapses.value,
    times(target.synapsesPerCore.value),
    'cores · synapsesPerCore',
  );
  atMost('synapsesPerCore/value', target.synapsesPerCore.value, target.synapses.value, 'the chip');
  atMost('fanIn/value', target.fanIn.value, target.synapsesPerCore.value, 'synapsesPerCore');
  if (bits.value !== null) {
    const widest = Math.max(...bits.value);
    atMost(
      'weights/distinctValues/value',
      distinctValues.value,
      2 ** widest,
      `what ${widest} bits tell apart`,
    );
    if (new Set(bits.value).size !== bits.value.length)
      found.push(['weights/bits/value', 'names a width twice']);
  }
  if (sharedByAxonType && distinctValues.value === null) {
    found.push(['weights/sharedByAxonType', 'needs distinctValues: one weight per axon type']);
  }
  if (sharedByAxonType && distinctValuesPer !== 'neuron') {
    found.push([
      'weights/distinctValuesPer',
      `is "${distinctValuesPer}"; values by axon type are per neuron`,
    ]);
  }
  if (target.thresholdGranularity.value === 'network') {
    atMost(
      'maxThresholdProfiles/value',
      target.maxThresholdProfiles.value,
      1,
      'one threshold for the whole network',
    );
  }
  return found;
}

const limitsOf = (target: Target): [field: string, limit: Limit][] => [
  ...limitNames.map((name): [string, Limit] => [name, target[name]]),
  ['weights/distinctValues', target.weights.distinctValues],
];
