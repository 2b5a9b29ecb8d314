import type { HostTensor } from '@spikefit/snn';
import { assign } from './assign.ts';
import type { LevelRule } from './level-groups.ts';
import { type CodebookGroup, groupsOfTensors, joinedValues } from './options.ts';

/** Latent levels [G·M] moved to the mean of the weights that take them; those that no weight takes stay. */
export function recenterLevels(
  tensors: readonly HostTensor[],
  levels: Float32Array,
  { group, rule, isPinned }: { group: CodebookGroup; rule: LevelRule; isPinned: (level: number) => boolean },
): Float32Array {
  const next = levels.slice();
  const groups = groupsOfTensors(tensors, group);
  const count = levels.length / groups;
  for (let g = 0; g < groups; g++) {
    const values = joinedValues(tensors, group, g);
    const { table } = rule(levels.slice(g * count, (g + 1) * count), {
      size: values.length,
      frozenDelta: undefined,
    });
    const sums = new Float64Array(count);
    const members = new Float64Array(count);
    for (const [i, k] of assign(values, table).entries()) {
      sums[k]! += values[i]!;
      members[k]! += 1;
    }
    for (let k = 0; k < count; k++) {
      if (members[k]! > 0 && !isPinned(k)) next[g * count + k] = sums[k]! / members[k]!;
    }
  }
  return next;
}
