import { adamStep } from './adam-step.ts';
import { averagePool } from './average-pool.ts';
import { averagePoolGrad } from './average-pool-grad.ts';
import { batchMatMul } from './batch-mat-mul.ts';
import { batchNormTrain } from './batch-norm-train.ts';
import { batchNormTrainGrad } from './batch-norm-train-grad.ts';
import { add, divide, multiply, subtract } from './binary-elementwise.ts';
import { channelAffine } from './channel-affine.ts';
import { channelAffineGrad } from './channel-affine-grad.ts';
import { codebookForward } from './codebook-forward.ts';
import { codebookGradient } from './codebook-gradient.ts';
import { conv2d } from './conv2d.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput } from './conv2d-backprop-input.ts';
import { crossEntropy } from './cross-entropy.ts';
import { fusedConv2d } from './fused-conv2d.ts';
import { fusedMatMul } from './fused-mat-mul.ts';
import { maxPool } from './max-pool.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { mean } from './mean.ts';
import { movingAverage } from './moving-average.ts';
import { type NativeKernel, registerNativeKernel } from './native-kernel.ts';
import { neuronBackward } from './neuron-backward.ts';
import { neuronForward } from './neuron-forward.ts';
import { sgdStep } from './sgd-step.ts';
import { slice } from './slice.ts';
import { spikeBlockBackward } from './spike-block-backward.ts';
import { spikeBlockForward } from './spike-block-forward.ts';
import { sum } from './sum.ts';
import { tile } from './tile.ts';

/** Every kernel that is not tfjs-cpu's. */
export const nativeKernels: readonly NativeKernel[] = [
  conv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  fusedConv2d,
  batchMatMul,
  fusedMatMul,
  maxPool,
  maxPoolGrad,
  averagePool,
  averagePoolGrad,
  add,
  subtract,
  multiply,
  divide,
  sum,
  mean,
  neuronForward,
  neuronBackward,
  batchNormTrain,
  batchNormTrainGrad,
  channelAffine,
  channelAffineGrad,
  adamStep,
  spikeBlockForward,
  spikeBlockBackward,
  crossEntropy,
  sgdStep,
  codebookForward,
  codebookGradient,
  slice,
  tile,
  movingAverage,
];

export function registerAllKernels(): void {
  for (const kernel of nativeKernels) registerNativeKernel(kernel);
}
