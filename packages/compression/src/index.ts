export { initializeCodebooks } from './codebooks/initialize-codebooks.ts';
export {
  codebookRows,
  describeCodebooks,
  freezeCodebooks,
  type LayerCodebook,
} from './codebooks/layer-codebook.ts';
export {
  type CodebookGroup,
  type CodebookOptions,
  codebookId,
  levelsParameter,
} from './codebooks/options.ts';
export { pullGradient } from './codebooks/pull-gradient.ts';
export { quantizeLayers } from './codebooks/quantize-layers.ts';
export type { FrozenCodebook } from './codebooks/quantize-weights.ts';
export { type ReseededLevels, reseedLevels } from './codebooks/reseed-levels.ts';
export type { SnappedLevels } from './codebooks/snap-codes.ts';
export { summedLayerInputs } from './evaluation/layer-inputs.ts';
export { type FoldInput, foldNetwork } from './folding/fold-network.ts';
export { makeGammaPositive, smallestGamma } from './folding/make-gamma-positive.ts';
export { normalizeScores } from './pruners/normalize-scores.ts';
export type { ScoreBatch, ScoringInput, UnitScorer, UnitScores } from './pruners/unit-scorer.ts';
export { unitScorers } from './pruners/unit-scorers.ts';
export {
  type InputActivity,
  type OperationPrices,
  operationCost,
} from './pruning/activity-cost.ts';
export { channelProducts, compensateWeights } from './pruning/compensate.ts';
export { maskRows } from './pruning/mask-rows.ts';
export { allUnits, planFit, planPruning, removeFirst, shareOfRest } from './pruning/plan-pruning.ts';
export { type PruneParametersInput, pruneParameters } from './pruning/prune-parameters.ts';
export {
  type PairedOutcomes,
  pairedDifferenceInterval,
  pairedOutcomes,
} from './statistics/paired-difference.ts';
export { accuracyOf } from './statistics/wilson-interval.ts';
