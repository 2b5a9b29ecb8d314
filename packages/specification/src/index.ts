export { inferNetwork, type NetworkDescription } from './architecture/infer-network.ts';
export { toBitmap } from './bitmap.ts';
export { canonicalJson } from './canonical-json.ts';
export * from './catalogues/datasets.ts';
export * from './catalogues/techniques.ts';
export { defaultNeuron, defaults } from './defaults.ts';
export { type NetworkBlock, networkBlocks } from './geometry/blocks.ts';
export {
  countLayer,
  countNetwork,
  countWeights,
  denseSizeBits,
  type LayerCounts,
  type NetworkCounts,
  unitsOf,
} from './geometry/count-network.ts';
export * from './geometry/network-cost.ts';
export * from './geometry/neuron-presence.ts';
export * from './geometry/neurons-left.ts';
export * from './geometry/prune-network.ts';
export * from './geometry/synapse-cost.ts';
export { type Tap, tapsAlong } from './geometry/taps-along.ts';
export { pretrainingIdentity } from './pretraining-identity.ts';
export { type RandomPurpose, type RandomStream, randomStream } from './random/random-stream.ts';
export { completeTarget } from './resolve/complete-target.ts';
export { validationCount } from './resolve/resolve-dataset.ts';
export { resolveJobRequest } from './resolve/resolve-job-request.ts';
export type { TargetCatalogue } from './resolve/resolve-target.ts';
export * from './webhook-url.ts';
