import type { JobRequest, Target } from '@spikefit/contracts';
import type { Problems } from './problems.ts';

/** Where targets come from; the hardware package has the catalogue. */
export interface TargetCatalogue {
  readonly targets: (id: string) => Target | undefined;
  /** For the message that lists them. */
  readonly targetIds?: readonly string[];
}

/** A target by id is looked up, a whole target is taken as it is. */
export function resolveTarget(
  request: JobRequest['target'],
  catalogue: TargetCatalogue,
  problems: Problems,
): Target | undefined {
  if ('weights' in request) return request;
  const target = catalogue.targets(request.id);
  if (target === undefined) {
    const known = catalogue.targetIds === undefined ? '' : `; there are: ${catalogue.targetIds.join(', ')}`;
    problems.add('spec.target-unknown', '/target/id', `"${request.id}" is no target${known}`);
  }
  return target;
}
