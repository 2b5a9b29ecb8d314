import {
  isWeightLayer,
  type JobRequest,
  type Network,
  type PruningUnit,
  type ResolvedSpec,
} from '@spikefit/contracts';
import { pruningTechniques } from '../catalogues/techniques.ts';
import { type PruningFloors, unitsToRemove } from '../geometry/prune-network.ts';
import {
  connectionsPerRow,
  type SynapseLayer,
  sparseSizeBits,
  synapseLayers,
} from '../geometry/synapse-cost.ts';
import type { Problems } from './problems.ts';

type PruningRequest = NonNullable<NonNullable<JobRequest['method']>['pruning']>;
type Budget = ResolvedSpec['pruning']['budget'];

const pointer = '/method/pruning';

/** What a budget is judged by; `network` is undefined where the model is not valid. */
export interface PruningSubject {
  readonly network: Network | undefined;
  readonly quantization: ResolvedSpec['quantization'];
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
  const kind = request.budget?.kind;
  if (kind === 'neurons') invalid('budget/kind', 'the number of neurons does not change when synapses go');
  if (kind === 'fit')
    invalid('budget/kind', '`fit` is searched over channels; name a number of synapses or bits');
  if (request.cost === 'neurons') invalid('cost', 'no synapse saves a neuron');
  if (request.compensation === 'least-squares')
    invalid('compensation', '`least-squares` makes up for whole channels');
}

/** The budget, judged by the floors of the layers where what it counts is known before the job has run. */
export function resolveSynapseBudget(
  { kind, value: requested }: NonNullable<PruningRequest['budget']>,
  { network, quantization, floors }: PruningSubject,
  problems: Problems,
): Budget {
  const invalid = (detail: string) => problems.add('spec.budget-invalid', `${pointer}/budget/value`, detail);
  const value = requested ?? null;
  // Refused by `checkUnit`.
  if (kind === 'fit' || kind === 'neurons') return { kind, value };
  if (value === null) {
    invalid(`a budget of kind ${kind} needs a value`);
    return { kind, value };
  }
  if (kind === 'fraction' && value >= 1) {
    invalid(`a fraction is the share of synapses that is removed and lies in [0, 1); ${value} does not`);
    return { kind, value };
  }
  if ((kind === 'synapses' || kind === 'size') && !Number.isInteger(value)) {
    invalid(`a number of ${kind === 'size' ? 'bits' : 'synapses'} is a whole number; ${value} is not`);
    return { kind, value };
  }
  if (network === undefined) return { kind, value };
  const layers = synapseLayers(network, floors);
  if (kind === 'fraction') judgeFraction(value, layers, invalid);
  if (kind === 'synapses') {
    const least = leastConnections(network, layers);
    if (value < least)
      invalid(
        `${value} synapses cannot be reached: with every layer at its floor at least ${least} are left`,
      );
  }
  if (kind === 'size') {
    const least = Math.ceil(leastBits(network, quantization, layers));
    if (value < least)
      invalid(`${value} bits cannot be reached: with every layer at its floor at least ${least} are left`);
  }
  return { kind, value };
}

function judgeFraction(
  value: number,
  layers: readonly SynapseLayer[],
  invalid: (detail: string) => void,
): void {
  const all = layers.reduce((sum, { synapses }) => sum + synapses, 0);
  const removable = layers.reduce((sum, { synapses, floor }) => sum + synapses - floor, 0);
  if (unitsToRemove(value, all) <= removable) return;
  const most = Math.floor((removable / all) * 1e4) / 1e4;
  invalid(
    `of ${all} synapses, every layer keeps its floor and ${removable} may go: the fraction may be at most ${most}, not ${value}`,
  );
}

/** Those of the weights that have the fewest. */
const leastConnections = (network: Network, layers: readonly SynapseLayer[]): number =>
  layers.reduce<number>((sum, { id, floor }) => {
    const layer = network.layers.filter(isWeightLayer).find((one) => one.id === id)!;
    const fewest: number = connectionsPerRow(layer).reduce(
      (least, one) => Math.min(least, one),
      Number.POSITIVE_INFINITY,
    );
    return sum + floor * fewest;
  }, 0);

/** Masks left out: how small they get depends on where the synapses lie. */
const leastBits = (
  network: Network,
  quantization: ResolvedSpec['quantization'],
  layers: readonly SynapseLayer[],
): number =>
  sparseSizeBits(
    network,
    quantization,
    Object.fromEntries(layers.map(({ id, floor }) => [id, { kept: floor, maskBits: 0 }])),
  );
