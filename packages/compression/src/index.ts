export { fitAssignments } from './codebooks/fit-assignments.ts';
export {
  codebookRows,
  describeCodebooks,
  freezeCodebooks,
  type LayerCodebook,
} from './codebooks/layer-codebook.ts';
export { type LevelGroup, levelGroups } from './codebooks/level-groups.ts';
export {
  type CodebookGroup,
  codebookId,
  codebookOfParameter,
  codebookParameter,
} from './codebooks/options.ts';
export { pullGradient } from './codebooks/pull-gradient.ts';
export { quantizeLayers, weightsOfCodebooks } from './codebooks/quantize-layers.ts';
export { type FrozenCodebook, quantizeWeights } from './codebooks/quantize-weights.ts';
export type { SnappedLevels } from './codebooks/snap-codes.ts';
export { inputMoments } from './evaluation/input-moments.ts';
export { summedLayerInputs } from './evaluation/layer-inputs.ts';
export { equalizeUnits } from './folding/equalize-units.ts';
export { type FoldInput, foldNetwork } from './folding/fold-network.ts';
export { makeGammaPositive, smallestGamma } from './folding/make-gamma-positive.ts';
export {
  fisherInteractions,
  interactionsLeft,
  scoresAlone,
  type UnitInteractions,
} from './pruners/fisher-interactions.ts';
export { normalizeScores } from './pruners/normalize-scores.ts';
export type { SynapseScorer, SynapseScores } from './pruners/synapse-scorer.ts';
export { synapseScorers } from './pruners/synapse-scorers.ts';
export type { ScoreBatch, ScoringInput, UnitScorer, UnitScores } from './pruners/unit-scorer.ts';
export { interactionScorers, neuronScorers, unitScorers } from './pruners/unit-scorers.ts';
export {
  type InputActivity,
  type OperationPrices,
  operationCost,
} from './pruning/activity-cost.ts';
export { channelProducts, compensateWeights } from './pruning/compensate.ts';
export { eventsPerRow } from './pruning/events-per-row.ts';
export { maskRows } from './pruning/mask-rows.ts';
export { type NeuronFlow, neuronFlow } from './pruning/neuron-flow.ts';
export {
  neuronMaskRows,
  neuronMasks,
  neuronsLeft,
  synapsesOfNeurons,
  withNeuronMasks,
} from './pruning/neuron-masks.ts';
export {
  amountLeft,
  fewestRemovals,
  orderPlaces,
  type PlaceMasks,
  type PlaceOrder,
  type RowPrices,
  removePlaces,
} from './pruning/order-places.ts';
export { allUnits, planFit, planPruning, removeFirst, shareOfRest } from './pruning/plan-pruning.ts';
export { type PruneParametersInput, pruneParameters } from './pruning/prune-parameters.ts';
export {
  countPresent,
  fillPruned,
  maskParameters,
  type SynapseMasks,
  synapseMaskRows,
} from './pruning/synapse-masks.ts';
export type { Quantizer, QuantizerOptions } from './quantizers/quantizer.ts';
export { quantizers } from './quantizers/quantizers.ts';
export {
  type PairedOutcomes,
  pairedDifferenceInterval,
  pairedOutcomes,
} from './statistics/paired-difference.ts';
export { accuracyOf } from './statistics/wilson-interval.ts';
