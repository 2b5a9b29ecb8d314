import { clusteredLevels } from '../codebooks/clustered-levels.ts';
import { usesEveryCode } from '../codebooks/code-range.ts';
import { initializeCodebooks } from '../codebooks/initialize-codebooks.ts';
import { pinnedLevel } from '../codebooks/pinned-level.ts';
import { recenterLevels } from '../codebooks/recenter-levels.ts';
import { reseedLevels } from '../codebooks/reseed-levels.ts';
import { softenWeights } from '../codebooks/soften-weights.ts';
import type { Quantizer } from './quantizer.ts';

/** The temperature that a phase of soft assignments ends at, in distances of neighbouring levels. */
const hardest = 0.01;

/** CAT: M latent levels that learn with the network; see docs/method.md. */
export const clusterizationAwareTraining: Quantizer = {
  parameter: 'levels',
  initialize: initializeCodebooks,
  levels: clusteredLevels,
  training: {
    soften: {
      // τ(t) = τ₀·(τ₁/τ₀)^t: hardness 1/τ grows by the same factor in every step.
      temperature: ({ temperature }, clustered) => {
        if (temperature === 0 || clustered >= 1) return null;
        const start = Math.max(temperature, hardest);
        return start * (hardest / start) ** clustered;
      },
      weights: (raw, levels, options, latents) =>
        softenWeights(raw, levels, {
          rule: clusteredLevels(options),
          temperature: options.temperature,
          latents,
        }),
    },
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
