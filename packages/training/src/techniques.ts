import { type SynapseScorer, synapseScorers, type UnitScorer, unitScorers } from '@spikefit/compression';
import { CodedError, type ResolvedSpec } from '@spikefit/contracts';

/** What this trainer does for each technique of the catalogue. A technique that it does not know is refused, not guessed. */
const clustering: Readonly<Record<string, boolean>> = { cat: true, none: false };

function lookUp<T>(known: Readonly<Record<string, T>>, technique: string, pointer: string): T {
  if (!Object.hasOwn(known, technique)) {
    throw new CodedError('spec.technique-unknown', `this trainer has no technique "${technique}"`, {
      errors: [{ pointer, detail: `known are ${Object.keys(known).join(', ')}` }],
    });
  }
  return known[technique]!;
}

/** @throws CodedError spec.technique-unknown */
export const usesClustering = (spec: ResolvedSpec): boolean =>
  lookUp(clustering, spec.quantization.technique, '/method/quantization/technique');

const pointerToPruning = '/method/pruning/technique';

/** @throws CodedError spec.technique-unknown */
export const usesPruning = ({ pruning: { technique } }: ResolvedSpec): boolean =>
  technique !== 'none' && lookUp(unitScorers, technique, pointerToPruning) !== undefined;

/** @throws CodedError spec.technique-unknown */
export const unitScorer = ({ pruning: { technique } }: ResolvedSpec): UnitScorer =>
  lookUp(unitScorers, technique, pointerToPruning);

/** @throws CodedError spec.technique-unknown for one that ranks no synapses */
export const synapseScorer = ({ pruning: { technique } }: ResolvedSpec): SynapseScorer =>
  lookUp(synapseScorers, technique, pointerToPruning);
