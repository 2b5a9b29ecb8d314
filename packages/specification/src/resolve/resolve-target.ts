import type { JobRequest, Target } from '@spikefit/contracts';
import { canonicalJson } from '../canonical-json.ts';
import { completeTarget } from './complete-target.ts';
import type { Problems } from './problems.ts';

/** Where targets come from; the hardware package has the catalogue. */
export interface TargetCatalogue {
  readonly targets: (id: string) => Target | undefined;
  /** For the message that lists them. */
  readonly targetIds?: readonly string[];
}

/**
 * A target by id is looked up; one that has a name is the sender's own. Its id must not be that of another target of
 * the catalogue: reports name targets by their ids.
 */
export function resolveTarget(
  request: JobRequest['target'],
  catalogue: TargetCatalogue,
  problems: Problems,
): Target | undefined {
  if ('name' in request) {
    const own = completeTarget(request);
    const taken = catalogue.targets(own.id);
    if (taken !== undefined && canonicalJson(taken) !== canonicalJson(own)) {
      problems.add(
        'spec.target-invalid',
        '/target/id',
        `"${own.id}" is a target of the catalogue, and differs from this one: give your own another id, or send the id alone`,
      );
    }
    return own;
  }
  const target = catalogue.targets(request.id);
  if (target === undefined) {
    const known = catalogue.targetIds === undefined ? '' : `; there are: ${catalogue.targetIds.join(', ')}`;
    problems.add('spec.target-unknown', '/target/id', `"${request.id}" is no target${known}`);
  }
  return target;
}
