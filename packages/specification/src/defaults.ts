import type { NeuronSettings, ResolvedSpec, SurrogateName } from '@spikefit/contracts';
import { defaultFloors } from './geometry/prune-network.ts';

/** The parameter of each surrogate where a request names only the surrogate; docs/method.md has the formulas. */
export const defaultSurrogateParameters: Readonly<Record<SurrogateName, number>> = {
  atan: 2,
  sigmoid: 4,
  fastSigmoid: 25,
  triangle: 1,
  rectangle: 1,
};

export const defaultNeuron: NeuronSettings = {
  tau: 2,
  threshold: 1,
  reset: 'hard',
  resetValue: 0,
  resetDelay: false,
  decayInput: false,
  comparison: 'ge',
  detachReset: true,
  surrogate: { name: 'atan', parameter: defaultSurrogateParameters.atan },
};

/** What a request that leaves a field out gets. Samples, bits and augmentation depend on data set and target. */
export const defaults = {
  timeSteps: 4,
  quantization: {
    technique: 'cat',
    levels: 4,
    bits: 8,
    group: 'layer',
    codebookLearningRateScale: 0.1,
    pull: 0,
    initialization: 'k-means',
    assignments: 'activations',
    gradientScale: 'sqrt',
    recenter: false,
    temperature: 0,
    freezeFraction: 0.25,
  },
  pruning: {
    technique: 'fsc',
    unit: 'channel',
    budget: { kind: 'fraction', value: 0.5 },
    steps: 4,
    samples: 512,
    recoveryEpochs: 0.25,
    labels: 'true',
    normalization: 'none',
    interactions: true,
    cost: 'budget',
    compensation: 'none',
    ...defaultFloors,
  },
  composition: 'chained',
  training: {
    pretrainEpochs: 4,
    catEpochs: 3,
    finetuneEpochs: 2,
    batchSize: 128,
    learningRate: 0.002,
    compressionLearningRateScale: 0.5,
    optimizer: 'adam',
    momentum: 0.9,
    weightDecay: 0,
    batchNormMomentum: 0.1,
    schedule: 'cosine',
    validationFraction: 0.1,
    precision: 'fp32',
  },
  seed: 1,
  limits: { maxRuntimeSeconds: 3600 },
} as const satisfies Omit<
  ResolvedSpec,
  'specVersion' | 'network' | 'dataset' | 'target' | 'training' | 'quantization'
> & {
  /** Whether a level is pinned at 0 depends on their number. */
  quantization: Omit<ResolvedSpec['quantization'], 'pinZero'>;
  timeSteps: number;
  training: Omit<ResolvedSpec['training'], 'augmentation'>;
};
