import type { Target } from '@spikefit/contracts';
import { generic4Level } from './generic-4-level.ts';
import { loihi } from './loihi.ts';
import { truenorth } from './truenorth.ts';

/** The targets that a request may name, by id. To add one: a file like the others, and a line here. */
export const targets: Readonly<Record<string, Target>> = Object.fromEntries(
  [generic4Level, loihi, truenorth].map((target) => [target.id, target]),
);

/** By id, in alphabetical order. */
export const listTargets = (): Target[] => Object.values(targets).sort((a, b) => (a.id < b.id ? -1 : 1));

export const findTarget = (id: string): Target | undefined =>
  Object.hasOwn(targets, id) ? targets[id] : undefined;
