import './gradients/register-gradients.ts';

export type { BatchStream } from './encoders/batch-stream.ts';
export { encodeRate } from './encoders/rate-encoder.ts';
export { type ValueAndGradients, valueAndGradients } from './gradients/value-and-gradients.ts';
export { type BatchStatistics, batchNormEpsilon } from './layers/batch-norm-layer.ts';
export { crossEntropy, crossEntropySum } from './losses/cross-entropy.ts';
export {
  type CodeGroup,
  denseWeights,
  type FoldedNetwork,
  type FoldedWeights,
  foldedParameters,
  type IndexedWeights,
  layersWithSynapseMask,
  presentSynapses,
  unitsFirst,
  unitsLast,
} from './networks/folded-network.ts';
export {
  encodeInput,
  type ForwardOptions,
  type ForwardResult,
  forward,
  samplesOf,
} from './networks/forward.ts';
export { initializeParameters, weightShape } from './networks/initialize-parameters.ts';
export { isPresence, isTrainable, parameterNames } from './networks/parameter-names.ts';
export { hasKernel, runKernel } from './ops/fused-kernel.ts';
export { type AdamMoments, defaultAdam, updateAdam } from './optimizers/adam.ts';
export { type LearningRateSchedule, learningRateAt } from './optimizers/learning-rate.ts';
export type { OptimizedTensors } from './optimizers/optimized-tensors.ts';
export {
  moveStatistics,
  type NamedStatistics,
  namedStatistics,
  unbiasedStatistics,
} from './optimizers/running-statistics.ts';
export { updateSgd } from './optimizers/sgd.ts';
export { canReadAtOnce } from './tensors/can-read-at-once.ts';
export {
  disposeTensors,
  type HostParameters,
  type HostTensor,
  toHostParameters,
  toTensors,
} from './tensors/host-tensor.ts';
