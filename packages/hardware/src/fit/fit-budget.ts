import { CodedError, type Fit, type FitLimit, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { checkFit, fitAtFloors } from './check-fit.ts';

/**
 * Limits that a budget `fit` has to meet and does not: `required` counts every stored connection, so a network that passes
 * here passes whatever its weights turn out to be. A limit that no source gives is left open.
 */
export const unmetLimits = ({ limits }: Fit): FitLimit[] =>
  limits.filter(
    ({ verdict, required, available }) =>
      verdict === 'does-not-fit' ||
      (verdict === 'cannot-tell' && available !== null && required !== null && required > available),
  );

/** The limits of a pruned network before its weights are known. */
export const fitOf = (network: Network, { quantization, target }: ResolvedSpec): Fit =>
  checkFit({ network, quantization, target });

/**
 * A budget `fit` is for limits that need no placement of neurons on cores.
 * @throws CodedError spec.fit-needs-placement where the target has other limits, which could never be said to be met
 */
export function assertFitIsDecidable(spec: ResolvedSpec): void {
  if (spec.pruning.budget.kind !== 'fit') return;
  const { target } = spec;
  const open = fitAtFloors(spec).limits.filter(
    ({ verdict, required, available }) =>
      verdict === 'cannot-tell' && available !== null && (required === null || required <= available),
  );
  if (open.length === 0) return;
  const names = open.map(({ name }) => name).join(', ');
  throw new CodedError(
    'spec.fit-needs-placement',
    `whether the network fits ${target.id} depends on how its neurons are placed on cores (${names})`,
    {
      errors: [
        {
          pointer: '/method/pruning/budget/kind',
          detail: `use a budget of neurons, synapses or size, or a target without limits per core: ${names}`,
        },
      ],
    },
  );
}
