import { CodedError, type ResolvedSpec } from '@spikefit/contracts';

/** What this trainer does for each technique of the catalogue. A technique that it does not know is refused, not guessed. */
const clustering: Readonly<Record<string, boolean>> = { cat: true, none: false };
const pruning: Readonly<Record<string, boolean>> = { fsc: true, none: false };

function lookUp(known: Readonly<Record<string, boolean>>, technique: string, pointer: string): boolean {
  const answer = known[technique];
  if (answer === undefined) {
    throw new CodedError('spec.technique-unknown', `this trainer has no technique "${technique}"`, {
      errors: [{ pointer, detail: `known are ${Object.keys(known).join(', ')}` }],
    });
  }
  return answer;
}

/** @throws CodedError spec.technique-unknown */
export const usesClustering = (spec: ResolvedSpec): boolean =>
  lookUp(clustering, spec.quantization.technique, '/method/quantization/technique');

/** @throws CodedError spec.technique-unknown */
export const usesPruning = (spec: ResolvedSpec): boolean =>
  lookUp(pruning, spec.pruning.technique, '/method/pruning/technique');
