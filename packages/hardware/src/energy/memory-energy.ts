import { type EnergyFigure, isLeaky, type Network } from '@spikefit/contracts';
import { countNetwork, type NeuronMasks, networkBlocks, neuronsGone, unitsOf } from '@spikefit/specification';
import type { CountOperationsInput } from './count-operations.ts';
import { type LayerActivity, layerActivity } from './layer-activity.ts';

/**
 * The analytical model of Lemaire et al. (2022, arXiv 2210.13107) for SNNs: additions and multiplications of 32-bit integers,
 * addressing, and reads and writes of events, weights and potentials in memories of their own for each layer.
 */
const lemairePicojoules = { add: 0.1, multiply: 3.1 } as const;

/** Energy of one 32-bit access by the size of the SRAM in bytes; linear between, constant above the last. */
const memoryPoints: readonly (readonly [bytes: number, picojoules: number])[] = [
  [0, 0],
  [8 * 1024, 10],
  [32 * 1024, 20],
  [1024 * 1024, 100],
];

export function accessPicojoules(bytes: number): number {
  for (let i = 1; i < memoryPoints.length; i++) {
    const [low, below] = memoryPoints[i - 1]!;
    const [high, above] = memoryPoints[i]!;
    if (bytes <= high) return below + ((above - below) * (bytes - low)) / (high - low);
  }
  return memoryPoints.at(-1)![1];
}

/** How the weights of a network lie in memory. */
export interface WeightStorage {
  /** Of one stored weight: 32, or those of an index into a codebook. */
  readonly bitsPerWeight: number;
  /** Codes of a group's codebook, which every weight is looked up in; null for plain weights. */
  readonly levels: number | null;
}

export interface MemoryEnergyInput extends CountOperationsInput {
  readonly storage: WeightStorage;
  /** By neuron layer: spikes over all images and steps. */
  readonly spikeSums: Readonly<Record<string, number>>;
}

/**
 * `best-case`: a weight costs its share of a 32-bit access. `word-granular`: an event fetches, for each tap, the row of all
 * units' weights, from a word boundary on, in whole words.
 */
export type WeightAccess = 'best-case' | 'word-granular';

const wordBits = 32;
const wordBytes = 4;
/** Messages that the queues of events between layers hold, as in the paper's experiments. */
const queueMessages = 1000;
const joulesPerPicojoule = 1e-12;

/** Joules per image. `activity` is that of `input`, where it is known already. */
export function memoryEnergy(
  input: MemoryEnergyInput,
  access: WeightAccess,
  activity: readonly LayerActivity[] = layerActivity(input),
): number {
  const { network, storage, spikeSums, images } = input;
  const queue = accessPicojoules(queueMessages * wordBytes);
  let picojoules = 0;
  for (const [position, { weight, neuron }] of networkBlocks(network).entries()) {
    const { kind, input: reads, inputs, operations, rows } = activity[position]!;
    const units = unitsOf(weight);
    const stored = input.weights[weight.id]!.length;
    const weightRead = accessPicojoules((stored * storage.bitsPerWeight) / 8);
    const [height, width] = neuron?.outputShape ?? weight.outputShape;
    const [potentialsHigh, potentialsWide] = weight.outputShape;
    const potential = accessPicojoules(potentialsHigh * potentialsWide * units * wordBytes);
    const image = network.inputShape.reduce((product, size) => product * size, wordBytes);

    // Inputs, and where they lead.
    picojoules += inputs * (reads === 'image' ? accessPicojoules(image) : queue);
    if (weight.kind === 'conv')
      picojoules += 2 * inputs * (lemairePicojoules.add + lemairePicojoules.multiply);
    picojoules += operations * lemairePicojoules.add;

    // Weights.
    const words =
      access === 'best-case'
        ? (operations * storage.bitsPerWeight) / wordBits
        : rows * Math.ceil((units * storage.bitsPerWeight) / wordBits);
    picojoules += words * weightRead;
    // Decoding: the index is cut out of its word, and its code and Δ are looked up.
    if (storage.levels !== null)
      picojoules += operations * (lemairePicojoules.add + accessPicojoules(storage.levels * wordBytes));

    // Sums: the potential is read and written for each of them.
    const arithmetic = lemairePicojoules.add + (kind === 'accumulate' ? 0 : lemairePicojoules.multiply);
    picojoules += operations * (arithmetic + 2 * potential);

    // Every neuron at every step: bias, leak and threshold.
    const mask = neuron === null ? undefined : input.neurons?.[neuron.id];
    const neurons = mask === undefined ? height * width * units : mask.reduce((sum, one) => sum + one, 0);
    const leak = neuron === null || !isLeaky(neuron) ? 0 : lemairePicojoules.multiply;
    const perStep = 2 * lemairePicojoules.add + leak + 2 * potential + accessPicojoules(units * wordBytes);
    picojoules += neurons * network.timeSteps * perStep;
    if (neuron !== null) picojoules += ((spikeSums[neuron.id] ?? 0) / images) * queue;
  }
  return picojoules * joulesPerPicojoule;
}

/** Both ways of reading weights, of both networks. */
export function memoryEnergyFigures(
  baseline: MemoryEnergyInput,
  compressed: MemoryEnergyInput,
): EnergyFigure[] {
  const [before, after] = [layerActivity(baseline), layerActivity(compressed)];
  return (['best-case', 'word-granular'] as const).map((access) => ({
    model: `memory-aware, ${access}`,
    unit: 'joule per image',
    baseline: memoryEnergy(baseline, access, before),
    compressed: memoryEnergy(compressed, access, after),
    constants: {
      addPicojoules: lemairePicojoules.add,
      multiplyPicojoules: lemairePicojoules.multiply,
      access8KiBPicojoules: accessPicojoules(8 * 1024),
      access32KiBPicojoules: accessPicojoules(32 * 1024),
      access1MiBPicojoules: accessPicojoules(1024 * 1024),
      bitsPerWeightBaseline: baseline.storage.bitsPerWeight,
      bitsPerWeightCompressed: compressed.storage.bitsPerWeight,
    },
    assumptions: [
      access === 'best-case'
        ? 'A weight of b bits costs b/32 of a 32-bit access: every bit that is fetched is used.'
        : 'For each tap an event fetches the row of all units’ weights from a word boundary on, in whole 32-bit words.',
      'Every layer has memories of its own for weights, potentials (32 bits) and queues of 1000 events; an access costs what an SRAM of that size takes, linear between 8 KiB, 32 KiB and 1 MiB, from 0 at no size, constant above.',
      'The energies are charged per 32-bit access; Horowitz gives them per 64 bits.',
      'Each operation reads and writes a potential; each neuron is updated at every step (bias, leak, threshold); a pruned one is not, though its potential keeps its place. Looking a weight up in its codebook is counted, pools are not.',
      'An estimate, not a measurement.',
    ],
    source:
      'Lemaire et al. 2022, An Analytical Estimation of Spiking Neural Networks Energy Efficiency, arXiv 2210.13107; energies of Horowitz 2014, 45 nm',
  }));
}

/** The storage of a network without codebooks. */
export const floatStorage: WeightStorage = { bitsPerWeight: wordBits, levels: null };

/** Neuron updates per image: every neuron that is there at every step. */
export const neuronUpdates = (network: Network, masks: NeuronMasks = {}): number =>
  network.timeSteps * (countNetwork(network).neurons - neuronsGone(masks));
