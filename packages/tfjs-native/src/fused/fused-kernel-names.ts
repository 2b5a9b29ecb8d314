/** Names under which the fused kernels are registered for the backend `native`. */
export const fusedKernelNames = [
  'SpikefitNeuronForward',
  'SpikefitNeuronBackward',
  'SpikefitBatchNormTrain',
  'SpikefitBatchNormTrainGrad',
  'SpikefitChannelAffine',
  'SpikefitChannelAffineGrad',
  'SpikefitAdamStep',
  'SpikefitSpikeBlockForward',
  'SpikefitSpikeBlockBackward',
  'SpikefitCrossEntropy',
  'SpikefitSgdStep',
  'SpikefitMovingAverage',
  'SpikefitCodebookForward',
  'SpikefitCodebookGradient',
] as const;

export type FusedKernelName = (typeof fusedKernelNames)[number];
