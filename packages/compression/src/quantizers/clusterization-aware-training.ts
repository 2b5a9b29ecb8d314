import { clusteredLevels } from '../codebooks/clustered-levels.ts';
import { usesEveryCode } from '../codebooks/code-range.ts';
import { initializeCodebooks } from '../codebooks/initialize-codebooks.ts';
import { pinnedLevel } from '../codebooks/pinned-level.ts';
import { recenterLevels } from '../codebooks/recenter-levels.ts';
import { reseedLevels } from '../codebooks/reseed-levels.ts';
import type { Quantizer } from './quantizer.ts';

/** CAT: M latent levels that learn with the network; see docs/method.md. */
export const clusterizationAwareTraining: Quantizer = {
  parameter: 'levels',
  initialize: initializeCodebooks,
  levels: clusteredLevels,
  training: {
    afterEpoch: (weights, levels, options) => {
      const isFixed = usesEveryCode(options.levels, options.bits);
      const isPinned = (k: number) => isFixed || (options.pinZero && k === pinnedLevel(options.levels));
      const { group } = options;
      const centered = options.recenter
        ? recenterLevels(weights, levels, { group, rule: clusteredLevels(options), isPinned })
        : levels;
      const reseeded = reseedLevels(weights, centered, options);
      const moved = [...levels.keys()].filter((k) => reseeded.levels[k] !== levels[k]);
      return { levels: reseeded.levels, moved };
    },
  },
};
