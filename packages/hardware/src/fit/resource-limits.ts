import type { FitLimit } from '@spikefit/contracts';
import { demandOf } from './demand.ts';
import { exactLimit, perCoreLimit } from './limit.ts';
import { type FitSubject, isQuantized, storedWidth } from './subject.ts';

/** Neurons, synapses, memory, axons and cores. */
export function resourceLimits({ network, quantization, target }: FitSubject): FitLimit[] {
  const demand = demandOf(network, target.pooling.max);
  const cores = target.cores.value;
  const { neuronsPerCore, synapsesPerCore, synapseMemoryBitsPerCore, inputAxonsPerCore } = target;
  const wholeChip = target.neurons.value ?? product(cores, neuronsPerCore.value);
  const width = isQuantized(quantization)
    ? (storedWidth(quantization.bits, target.weights.bits.value ?? [quantization.bits]) ?? quantization.bits)
    : 32;
  const orNote = demand.orNeurons > 0 ? `, ${demand.orNeurons} of them OR neurons of max pools` : '';
  const axons = perCoreLimit(
    'inputAxonsPerCore',
    { least: demand.fanIn, all: demand.neurons },
    inputAxonsPerCore,
    cores,
    'All inputs of a neuron reach the core that it lies in, each over an axon.',
  );
  return [
    exactLimit(
      'neurons',
      demand.neurons,
      {
        value: wholeChip,
        source: target.neurons.value === null ? neuronsPerCore.source : target.neurons.source,
      },
      `Neurons of the whole network${orNote}; a read-out needs an integrator per class.`,
    ),
    exactLimit(
      'synapses',
      demand.synapses,
      {
        value: target.synapses.value ?? product(cores, synapsesPerCore.value),
        source: target.synapses.source,
      },
      'Unrolled connections of the whole network, zero weights included.',
    ),
    exactLimit('fanIn', demand.fanIn, target.fanIn, 'The most inputs of one neuron.'),
    exactLimit('fanOut', demand.fanOut, target.fanOut, 'The most neurons that one neuron reaches.'),
    coresLimit(width, demand, { target }),
    perCoreLimit(
      'synapsesPerCore',
      { least: demand.fanIn, all: demand.synapses },
      synapsesPerCore,
      cores,
      'A core holds at least the synapses of one neuron.',
    ),
    perCoreLimit(
      'synapseMemoryBitsPerCore',
      { least: demand.fanIn * width, all: demand.synapses * width },
      synapseMemoryBitsPerCore,
      cores,
      `A core stores at least the weights of one neuron, ${width} bits each, without indices, delays and padding.`,
    ),
    target.sharedInputAxons === true && axons.verdict === 'does-not-fit'
      ? {
          ...axons,
          verdict: 'cannot-tell',
          explanation:
            'All inputs of a neuron reach the core that it lies in. They are more than its axons; it fits only where inputs share axons, which depends on the mapping.',
        }
      : axons,
    perCoreLimit(
      'outputAxonsPerCore',
      { least: 1, all: demand.neurons },
      target.outputAxonsPerCore,
      cores,
      'A neuron needs an output axon for each core that it reaches.',
    ),
  ];
}

/** How many cores at least: by neurons, by unrolled synapses, and by weights of which each is stored once. */
function coresLimit(
  width: number,
  demand: ReturnType<typeof demandOf>,
  { target }: Pick<FitSubject, 'target'>,
): FitLimit {
  const needs = [
    ['neurons', demand.neurons, target.neuronsPerCore.value],
    ['synapses', demand.synapses, target.synapsesPerCore.value],
    ['weight bits', demand.weights * width, target.synapseMemoryBitsPerCore.value],
  ] as const;
  const bounds = needs.flatMap(([what, need, perCore]) =>
    perCore === null ? [] : [{ what, cores: Math.ceil(need / perCore) }],
  );
  const most = bounds.reduce((best, bound) => (bound.cores > best.cores ? bound : best), {
    what: 'neurons',
    cores: 1,
  });
  return perCoreLimit(
    'cores',
    { least: most.cores, all: most.cores },
    target.cores,
    target.cores.value,
    `The ${most.what} fill at least ${most.cores} ${most.cores === 1 ? 'core' : 'cores'}.`,
  );
}

const product = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a * b;
