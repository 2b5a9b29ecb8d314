import { averagePoolCases } from './average-pool-cases.ts';
import { channelCases } from './channel-cases.ts';
import { codebookCases } from './codebook-cases.ts';
import { convolutionCases } from './convolution-cases.ts';
import { elementwiseCases } from './elementwise-cases.ts';
import type { KernelCase } from './kernel-case.ts';
import { matrixProductCases } from './matrix-product-cases.ts';
import { maxPoolCases } from './max-pool-cases.ts';
import { neuronCases } from './neuron-cases.ts';
import { spikeBitsCases } from './spike-bits-cases.ts';
import { spikeBlockCases } from './spike-block-cases.ts';
import { spikeGridCases, spikeProductCases } from './spike-product-cases.ts';
import { trainingCases } from './training-cases.ts';

/** The one table: every kernel, on every kind of input that matters. */
export const allCases: readonly KernelCase[] = [
  ...convolutionCases,
  ...matrixProductCases,
  ...maxPoolCases,
  ...averagePoolCases,
  ...neuronCases,
  ...channelCases,
  ...elementwiseCases,
  ...spikeBlockCases,
  ...spikeBitsCases,
  ...spikeProductCases,
  ...trainingCases,
  ...codebookCases,
  ...spikeGridCases,
];
