import type { FitLimit } from '@spikefit/contracts';
import { type Demand, demandBounds } from './demand.ts';
import { exactLimit, exactly, type Need, perCoreLimit, wholeChip } from './limit.ts';
import { type FitSubject, isQuantized, storedWidth } from './subject.ts';

/** Neurons, synapses, memory, axons and cores. */
export function resourceLimits(subject: FitSubject): FitLimit[] {
  const { quantization, target, weights } = subject;
  const { counted, certain } = demandBounds(subject);
  const need = (what: keyof Demand, times = 1): Need => ({
    counted: counted[what] * times,
    certain: certain[what] * times,
  });
  const cores = target.cores.value;
  const { neuronsPerCore, synapsesPerCore, synapseMemoryBitsPerCore } = target;
  const width = isQuantized(quantization)
    ? (storedWidth(quantization.bits, target.weights.bits.value ?? [quantization.bits]) ?? quantization.bits)
    : 32;
  // Copies of a neuron have its inputs again, so there may be more connections than the network has.
  const copies =
    target.copiesExtendFanOut === true &&
    target.fanOut.value !== null &&
    counted.fanOut > target.fanOut.value;
  const orNote = counted.orNeurons > 0 ? `, ${counted.orNeurons} of them OR neurons of max pools` : '';
  const zeros = weights === undefined ? 'zero weights included' : 'without zero weights';
  return [
    exactLimit(
      'neurons',
      exactly(counted.neurons),
      wholeChip(target.neurons, target.cores, neuronsPerCore),
      `Neurons of the whole network${orNote}; a read-out needs an integrator per class.`,
    ),
    exactLimit(
      'synapses',
      need('synapses'),
      wholeChip(target.synapses, target.cores, synapsesPerCore),
      `Unrolled connections of the whole network, ${zeros}.`,
    ),
    exactLimit('fanIn', need('fanIn'), target.fanIn, `The most inputs of one neuron, ${zeros}.`),
    fanOutLimit(need('fanOut'), zeros, subject),
    coresLimit(width, need, subject),
    perCoreLimit(
      'synapsesPerCore',
      { least: need('fanIn'), all: need('synapses'), ...(copies ? {} : { most: counted.synapses }) },
      synapsesPerCore,
      cores,
      'A core holds at least the synapses of one neuron.',
    ),
    perCoreLimit(
      'synapseMemoryBitsPerCore',
      { least: need('fanIn', width), all: need('synapses', width) },
      synapseMemoryBitsPerCore,
      cores,
      `A core stores at least the weights of one neuron, ${width} bits each, without indices, delays and padding.`,
    ),
    inputAxonsLimit(need('fanIn'), counted.neurons, subject),
    perCoreLimit(
      'outputAxonsPerCore',
      { least: exactly(1), all: exactly(counted.neurons) },
      target.outputAxonsPerCore,
      cores,
      'A neuron needs an output axon for each core that it reaches.',
    ),
  ];
}

function fanOutLimit(need: Need, zeros: string, { target }: FitSubject): FitLimit {
  const limit = exactLimit(
    'fanOut',
    need,
    target.fanOut,
    `The most neurons that one neuron reaches, ${zeros}.`,
  );
  if (target.copiesExtendFanOut !== true || limit.verdict !== 'does-not-fit') return limit;
  const copies = Math.ceil(need.counted / limit.available!);
  return {
    ...limit,
    verdict: 'cannot-tell',
    explanation: `The most neurons that one neuron reaches, ${zeros}. They are more than one neuron can reach: it takes copies of it, ${copies} at least, each with the inputs of the neuron; whether the chip has room for them depends on the placement.`,
  };
}

function inputAxonsLimit(need: Need, neurons: number, { target }: FitSubject): FitLimit {
  const limit = perCoreLimit(
    'inputAxonsPerCore',
    { least: need, all: exactly(neurons) },
    target.inputAxonsPerCore,
    target.cores.value,
    'All inputs of a neuron reach the core that it lies in, each over an axon.',
  );
  if (target.sharedInputAxons !== true || limit.verdict !== 'does-not-fit') return limit;
  return {
    ...limit,
    verdict: 'cannot-tell',
    explanation:
      'All inputs of a neuron reach the core that it lies in. They are more than its axons; it fits only where inputs share axons, which depends on the mapping.',
  };
}

/** How many cores at least: by neurons, by unrolled synapses, and by weights of which each is stored once. */
function coresLimit(
  width: number,
  need: (what: keyof Demand, times?: number) => Need,
  { target }: FitSubject,
): FitLimit {
  const needs = [
    ['neurons', need('neurons'), target.neuronsPerCore.value],
    ['synapses', need('synapses'), target.synapsesPerCore.value],
    ['weight bits', need('weights', width), target.synapseMemoryBitsPerCore.value],
  ] as const;
  const bounds = needs.flatMap(([what, amount, perCore]) =>
    perCore === null
      ? []
      : [
          {
            what,
            counted: Math.ceil(amount.counted / perCore),
            certain: Math.ceil(amount.certain / perCore),
          },
        ],
  );
  const most = bounds.reduce((best, bound) => (bound.counted > best.counted ? bound : best), {
    what: 'neurons',
    ...exactly(1),
  });
  const least = { counted: most.counted, certain: Math.max(1, ...bounds.map(({ certain }) => certain)) };
  return perCoreLimit(
    'cores',
    { least, all: least },
    target.cores,
    target.cores.value,
    `The ${most.what} fill at least ${most.counted} ${most.counted === 1 ? 'core' : 'cores'}.`,
  );
}
