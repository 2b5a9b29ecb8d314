import type { JobRequest, Network, ResolvedSpec } from '@spikefit/contracts';
import { pruningTechniques } from '../catalogues/techniques.ts';
import { defaults } from '../defaults.ts';
import { countNetwork } from '../geometry/count-network.ts';
import { neuronsAfter, prunableLayers, synapsesAfter, unitsToRemove } from '../geometry/prune-network.ts';
import type { Problems } from './problems.ts';

type PruningRequest = NonNullable<NonNullable<JobRequest['method']>['pruning']>;
type Budget = ResolvedSpec['pruning']['budget'];

const pointer = '/method/pruning';

/** `trainingSamples` are those that are left after the validation cut; undefined when the data set is not known. */
export function resolvePruning(
  request: PruningRequest,
  network: Network | undefined,
  trainingSamples: number | undefined,
  problems: Problems,
): ResolvedSpec['pruning'] {
  const technique = request.technique ?? defaults.pruning.technique;
  const known = pruningTechniques.map(({ id }) => id);
  if (!known.includes(technique)) {
    const detail = `"${technique}" is no pruning technique; there are: ${known.join(', ')}`;
    problems.add('spec.technique-unknown', `${pointer}/technique`, detail);
  }
  const budget =
    technique === 'none'
      ? { kind: 'fraction' as const, value: 0 }
      : resolveBudget(request, network, problems);
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
    unit: request.unit ?? defaults.pruning.unit,
    budget,
    steps: request.steps ?? defaults.pruning.steps,
    samples,
    recoveryEpochs: request.recoveryEpochs ?? defaults.pruning.recoveryEpochs,
    floorUnits: defaults.pruning.floorUnits,
    floorFraction: defaults.pruning.floorFraction,
  };
}

/**
 * The budget, judged against the floors of the layers. The default is half of the units, or as many as the floors
 * leave free.
 */
function resolveBudget(request: PruningRequest, network: Network | undefined, problems: Problems): Budget {
  const budget: Budget = { ...(request.budget ?? defaults.pruning.budget) };
  const invalid = (detail: string) => problems.add('spec.budget-invalid', `${pointer}/budget/value`, detail);
  if (budget.kind === 'fraction' && budget.value >= 1) {
    invalid(`a fraction is the share of units that is removed and lies in [0, 1); ${budget.value} does not`);
    return budget;
  }
  if (budget.kind !== 'fraction' && !Number.isInteger(budget.value)) {
    invalid(`a number of ${budget.kind} is a whole number; ${budget.value} is not`);
    return budget;
  }
  if (network === undefined) return budget;
  const layers = prunableLayers(network);
  const floors = Object.fromEntries(layers.map(({ id, floor }) => [id, floor]));
  if (budget.kind === 'fraction') {
    const units = layers.reduce((sum, layer) => sum + layer.units, 0);
    const removable = layers.reduce((sum, layer) => sum + layer.units - layer.floor, 0);
    if (unitsToRemove(budget.value, units) > removable) {
      if (request.budget === undefined) return { kind: 'fraction', value: removable / units };
      const most = Math.floor((removable / units) * 1e4) / 1e4;
      invalid(
        `of ${units} units that may be pruned, every layer keeps its floor and ${removable} may go: the fraction may be at most ${most}, not ${budget.value}`,
      );
    }
    return budget;
  }
  const counts = countNetwork(network);
  const least = budget.kind === 'neurons' ? neuronsAfter(network, floors) : synapsesAfter(network, floors);
  if (budget.value < least) {
    invalid(
      `${budget.value} ${budget.kind} cannot be reached: with every layer at its floor ${least} are left, of ${counts[budget.kind]}`,
    );
  }
  return budget;
}
