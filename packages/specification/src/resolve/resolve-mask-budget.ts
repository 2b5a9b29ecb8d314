import {
  isWeightLayer,
  type JobRequest,
  type Network,
  type PruningUnit,
  type ResolvedSpec,
} from '@spikefit/contracts';
import { pruningTechniques } from '../catalogues/techniques.ts';
import { defaults } from '../defaults.ts';
import { networkBlocks } from '../geometry/blocks.ts';
import { countNetwork, unitsOf } from '../geometry/count-network.ts';
import { prunableNeurons } from '../geometry/neurons-left.ts';
import { type PruningFloors, resizeNetwork } from '../geometry/prune-network.ts';
import { connectionsPerRow, sparseSizeBits, synapseLayers } from '../geometry/synapse-cost.ts';
import type { Problems } from './problems.ts';
import { type FloorOfLayer, resolveFraction } from './resolve-fraction.ts';

type PruningRequest = NonNullable<NonNullable<JobRequest['method']>['pruning']>;
type Budget = ResolvedSpec['pruning']['budget'];
type Quantization = ResolvedSpec['quantization'];

const pointer = '/method/pruning';

/** What a budget is judged by; `network` is undefined where the model is not valid. */
export interface PruningSubject {
  readonly network: Network | undefined;
  readonly quantization: Quantization;
  readonly floors: PruningFloors;
}

/** Adds a problem for every setting that this unit of pruning does not have. */
export function checkUnit(unit: PruningUnit, request: PruningRequest, problems: Problems): void {
  const invalid = (field: string, detail: string) =>
    problems.add('spec.pruning-unit-invalid', `${pointer}/${field}`, detail);
  const technique = pruningTechniques.find(({ id }) => id === request.technique);
  if (technique !== undefined && !technique.units.includes(unit)) {
    const able = pruningTechniques.filter(({ id, units }) => id !== 'none' && units.includes(unit));
    invalid(
      'technique',
      `"${technique.id}" ranks no ${unit}s; these do: ${able.map(({ id }) => id).join(', ')}`,
    );
  }
  if (unit === 'channel') return;
  if (request.compensation === 'least-squares')
    invalid('compensation', '`least-squares` makes up for whole channels: use `unit: "channel"`, or `none`');
  if (unit === 'neuron') return;
  const kind = request.budget?.kind;
  if (kind === 'neurons') invalid('budget/kind', 'the number of neurons does not change when synapses go');
  if (kind === 'fit')
    invalid('budget/kind', '`fit` is searched over channels or neurons; name a number of synapses or bits');
  if (request.cost === 'neurons') invalid('cost', 'no synapse saves a neuron');
}

/** What a mask of these units prunes, and the least that is left of it. */
interface MaskedUnits {
  readonly noun: string;
  readonly layers: (network: Network, floors: PruningFloors) => FloorOfLayer[];
  readonly leastConnections: (network: Network, floors: PruningFloors) => number;
  readonly leastBits: (network: Network, floors: PruningFloors, quantization: Quantization) => number;
}

/**
 * The budget of pruning by masks, judged by the floors of the layers where what it counts is known before the job has run; half of
 * the units without a request for another.
 */
export function resolveMaskBudget(
  unit: Exclude<PruningUnit, 'channel'>,
  asked: PruningRequest['budget'],
  { network, quantization, floors }: PruningSubject,
  problems: Problems,
): Budget {
  const invalid = (detail: string) => problems.add('spec.budget-invalid', `${pointer}/budget/value`, detail);
  const masked = unit === 'neuron' ? neurons : synapses;
  const { kind, value = null } = asked ?? defaults.pruning.budget;
  if (kind === 'fit') {
    if (value !== null) invalid('`fit` is derived from the target and takes no value: leave it out');
    return { kind, value: null };
  }
  if (value === null) {
    invalid(`a budget of kind ${kind} needs a value`);
    return { kind, value };
  }
  if (kind === 'fraction') {
    const layers = network && masked.layers(network, floors);
    return resolveFraction(value, { noun: masked.noun, isDefault: asked === undefined }, layers, invalid);
  }
  if (kind === 'synops' || kind === 'energy') return { kind, value };
  const noun = kind === 'size' ? 'bits' : kind;
  if (!Number.isInteger(value)) {
    invalid(`a number of ${noun} is a whole number; ${value} is not`);
    return { kind, value };
  }
  if (network === undefined) return { kind, value };
  const least = {
    neurons: () => leastNeurons(network, floors),
    synapses: () => masked.leastConnections(network, floors),
    size: () => Math.ceil(masked.leastBits(network, floors, quantization)),
  }[kind]();
  if (value < least)
    invalid(`${value} ${noun} cannot be reached: with every layer at its floor at least ${least} are left`);
  return { kind, value };
}

/** Those of the read-out stay. */
function leastNeurons(network: Network, floors: PruningFloors): number {
  const layers = prunableNeurons(network, floors);
  const removable = layers.reduce((sum, { neurons: all, floor }) => sum + all - floor, 0);
  return countNetwork(network).neurons - removable;
}

const synapses: MaskedUnits = {
  noun: 'synapses',
  layers: (network, floors) =>
    synapseLayers(network, floors).map(({ synapses: units, floor }) => ({ units, floor })),
  /** Those of the weights that have the fewest. */
  leastConnections: (network, floors) =>
    synapseLayers(network, floors).reduce<number>((sum, { id, floor }) => {
      const layer = network.layers.filter(isWeightLayer).find((one) => one.id === id)!;
      const fewest: number = connectionsPerRow(layer).reduce(
        (least, one) => Math.min(least, one),
        Number.POSITIVE_INFINITY,
      );
      return sum + floor * fewest;
    }, 0),
  /** Masks left out: how small they get depends on where the synapses lie. */
  leastBits: (network, floors, quantization) =>
    sparseSizeBits(
      network,
      quantization,
      Object.fromEntries(
        synapseLayers(network, floors).map(({ id, floor }) => [id, { kept: floor, maskBits: 0 }]),
      ),
    ),
};

const neurons: MaskedUnits = {
  noun: 'neurons',
  layers: (network, floors) =>
    prunableNeurons(network, floors).map(({ neurons: units, floor }) => ({ units, floor })),
  /** Of FCs alone: a convolution's neurons may lie where nothing reaches them. */
  leastConnections: (network, floors) =>
    Object.values(leastWeightsOfDense(network, floors)).reduce((sum, one) => sum + one, 0),
  /** Every layer's neurons in as few channels as hold them, masks left out. */
  leastBits: (network, floors, quantization) => {
    const channels = prunableNeurons(network, floors).map(({ id, shape: [height, width], floor }) => [
      id,
      Math.ceil(floor / (height * width)),
    ]);
    const dense = Object.entries(leastWeightsOfDense(network, floors));
    return sparseSizeBits(
      resizeNetwork(network, Object.fromEntries(channels)),
      quantization,
      Object.fromEntries(dense.map(([id, kept]) => [id, { kept, maskBits: 0 }])),
    );
  },
};

/** By FC behind neurons: its weights when both sides are at their floors, windows of pools full. */
function leastWeightsOfDense(network: Network, floors: PruningFloors): Record<string, number> {
  const fewest = new Map(prunableNeurons(network, floors).map(({ id, floor }) => [id, floor]));
  let inputs: number | null = null;
  const least: Record<string, number> = {};
  for (const { weight, neuron, poolsAfterNeuron } of networkBlocks(network)) {
    const floor = fewest.get(weight.id) ?? unitsOf(weight);
    if (weight.kind === 'dense' && inputs !== null) least[weight.id] = inputs * floor;
    let left = floor;
    for (const { size, inputShape, outputShape } of poolsAfterNeuron) {
      const [height, width, channels] = inputShape;
      // Places that fill no window may be those that are left.
      const outside = (height * width - outputShape[0] * outputShape[1] * size ** 2) * channels;
      left = Math.ceil(Math.max(0, left - outside) / size ** 2);
    }
    inputs = neuron === null ? null : left;
  }
  return least;
}
