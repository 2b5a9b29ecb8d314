import { assertExhaustive, type JobRequest, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { pruningTechniques } from '../catalogues/techniques.ts';
import { defaults } from '../defaults.ts';
import {
  costAtFloors,
  costLeft,
  type NetworkCost,
  neuronCost,
  sizeCost,
  synapseCost,
} from '../geometry/network-cost.ts';
import { defaultFloors, type PruningFloors, prunableLayers } from '../geometry/prune-network.ts';
import { synapseFloors } from '../geometry/synapse-cost.ts';
import type { Problems } from './problems.ts';
import { resolveFraction } from './resolve-fraction.ts';
import { checkUnit, type PruningSubject, resolveMaskBudget } from './resolve-mask-budget.ts';

type PruningRequest = NonNullable<NonNullable<JobRequest['method']>['pruning']>;
type Budget = ResolvedSpec['pruning']['budget'];

const pointer = '/method/pruning';

/** `trainingSamples` are those that are left after the validation cut; undefined when the data set is not known. */
export function resolvePruning(
  request: PruningRequest,
  network: Network | undefined,
  quantization: ResolvedSpec['quantization'],
  trainingSamples: number | undefined,
  problems: Problems,
): ResolvedSpec['pruning'] {
  const technique = request.technique ?? defaults.pruning.technique;
  const known = pruningTechniques.map(({ id }) => id);
  if (!known.includes(technique)) {
    const detail = `"${technique}" is no pruning technique; there are: ${known.join(', ')}`;
    problems.add('spec.technique-unknown', `${pointer}/technique`, detail);
  }
  const unit = request.unit ?? defaults.pruning.unit;
  if (technique !== 'none') checkUnit(unit, request, problems);
  const usual = unit === 'synapse' ? synapseFloors : defaultFloors;
  const floors: PruningFloors = {
    floorUnits: request.floorUnits ?? usual.floorUnits,
    floorFraction: request.floorFraction ?? usual.floorFraction,
  };
  const subject = { network, quantization, floors };
  const budget =
    technique === 'none'
      ? { kind: 'fraction' as const, value: 0 }
      : unit === 'channel'
        ? resolveBudget(request, subject, problems)
        : resolveMaskBudget(unit, request.budget, subject, problems);
  let samples = request.samples ?? defaults.pruning.samples;
  if (trainingSamples !== undefined && samples > trainingSamples) {
    if (request.samples !== undefined && technique !== 'none') {
      const detail = `samples is ${samples}, and ${trainingSamples} training samples are left after the validation split`;
      problems.add('spec.dataset-too-small', `${pointer}/samples`, detail);
    }
    samples = trainingSamples;
  }
  return {
    technique,
    unit,
    budget,
    steps: request.steps ?? defaults.pruning.steps,
    samples,
    recoveryEpochs: request.recoveryEpochs ?? defaults.pruning.recoveryEpochs,
    labels: request.labels ?? defaults.pruning.labels,
    normalization: request.normalization ?? defaults.pruning.normalization,
    interactions: resolveInteractions(request, network, problems),
    cost: request.cost ?? defaults.pruning.cost,
    compensation: request.compensation ?? defaults.pruning.compensation,
    ...floors,
  };
}

/** What goes together is compared pair by pair: beyond so many units that is gigabytes. */
const mostTogether = 4096;

/** By default where it can be. */
function resolveInteractions(
  request: PruningRequest,
  network: Network | undefined,
  problems: Problems,
): boolean {
  const { technique, unit, normalization, interactions } = { ...defaults.pruning, ...request };
  const known = pruningTechniques.find(({ id }) => id === technique);
  if (known === undefined || technique === 'none') return false;
  const units =
    network === undefined ? 0 : prunableLayers(network).reduce((sum, layer) => sum + layer.units, 0);
  const refusal = !known.scoresTogether
    ? `"${technique}" scores every unit alone; these know what units cost together: ${pruningTechniques
        .filter(({ scoresTogether }) => scoresTogether)
        .map(({ id }) => id)
        .join(', ')}`
    : unit !== 'channel'
      ? 'only channels are scored together: use `unit: "channel"`, or false'
      : normalization !== 'none'
        ? 'scores that are divided by their layer are no parts of one sum: use `normalization: "none"`, or false'
        : units > mostTogether
          ? `of at most ${mostTogether} units, and this network has ${units} that may go: use false`
          : null;
  if (request.interactions === true && refusal !== null)
    problems.add('spec.pruning-unit-invalid', `${pointer}/interactions`, refusal);
  return refusal === null && interactions;
}

/**
 * The budget, judged against the floors of the layers where what it counts is known before the job has run. The default is
 * half of the units, or as many as the floors leave free.
 */
function resolveBudget(
  request: PruningRequest,
  { network, quantization, floors }: PruningSubject,
  problems: Problems,
): Budget {
  const { kind, value = null } = request.budget ?? defaults.pruning.budget;
  const invalid = (detail: string) => problems.add('spec.budget-invalid', `${pointer}/budget/value`, detail);
  if (kind === 'fit') {
    if (value !== null) invalid('`fit` is derived from the target and takes no value: leave it out');
    return { kind, value: null };
  }
  if (value === null) {
    invalid(`a budget of kind ${kind} needs a value`);
    return { kind, value };
  }
  if (kind === 'fraction') {
    const layers = network && prunableLayers(network, floors);
    return resolveFraction(
      value,
      { noun: 'units', isDefault: request.budget === undefined },
      layers,
      invalid,
    );
  }
  if (kind !== 'energy' && kind !== 'synops' && !Number.isInteger(value)) {
    invalid(`a number of ${unitNames[kind]} is a whole number; ${value} is not`);
    return { kind, value };
  }
  if (network === undefined) return { kind, value };
  const cost = staticCost(kind, network, quantization);
  if (cost !== null) {
    const least = Math.ceil(costAtFloors(cost, prunableLayers(network, floors)));
    if (value < least) {
      invalid(
        `${value} ${cost.unit} cannot be reached: with every layer at its floor ${least} are left, of ${Math.ceil(costLeft(cost, {}))}`,
      );
    }
  }
  return { kind, value };
}

const unitNames = { neurons: 'neurons', synapses: 'synapses', size: 'bits' } as const;

/** What a budget counts of the network alone; null where it depends on what fires. */
function staticCost(
  kind: Exclude<Budget['kind'], 'fraction' | 'fit'>,
  network: Network,
  quantization: ResolvedSpec['quantization'],
): NetworkCost | null {
  switch (kind) {
    case 'neurons':
      return neuronCost(network);
    case 'synapses':
      return synapseCost(network);
    case 'size':
      return sizeCost(network, quantization);
    case 'synops':
    case 'energy':
      return null;
    default:
      return assertExhaustive(kind);
  }
}
