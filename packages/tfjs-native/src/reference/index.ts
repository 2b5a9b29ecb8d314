// One plain function per kernel, in double unless said otherwise: the oracle of the tests, and the shortest
// description of what each kernel computes. Never used by the backend itself.
export { type AdamState, type AdamStepOptions, adamStep } from './adam-step.ts';
export { averagePoolForward, averagePoolGradient } from './average-pool.ts';
export { axisSum } from './axis-sum.ts';
export { batchNormTrain, batchNormTrainGradient } from './batch-norm.ts';
export { allToBfloat16, toBfloat16 } from './bfloat16.ts';
export { binaryElementwise } from './binary-elementwise.ts';
export { channelAffine, channelAffineGradient } from './channel-affine.ts';
export { type CodebookTensors, codebookForward, codebookGradient } from './codebook.ts';
export {
  type ConvolutionShape,
  convolutionFilterGradient,
  convolutionForward,
  convolutionInputGradient,
} from './convolution.ts';
export { crossEntropy } from './cross-entropy.ts';
export { type MatrixProductShape, matrixProduct } from './matrix-product.ts';
export { maxPoolForward, maxPoolGradient, type PoolShape } from './max-pool.ts';
export { neuronBackward } from './neuron-backward.ts';
export { type NeuronOptions, type NeuronParameters, neuronForward } from './neuron-forward.ts';
export { neuronSmoothForward } from './neuron-smooth-forward.ts';
export { type SgdState, sgdStep } from './sgd-step.ts';
export { packSpikes, unpackSpikes } from './spike-bits.ts';
export {
  type SpikeBlockOptions,
  type SpikeBlockParameters,
  type SpikeBlockResult,
  spikeBlockBackward,
  spikeBlockForward,
  spikeBlockPool,
} from './spike-block.ts';
export { surrogateDerivative, surrogatePrimitive } from './surrogates.ts';
export { winogradInputGradientBfloat16 } from './winograd.ts';
