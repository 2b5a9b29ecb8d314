/** Order of the surrogates in the C++ kernels (kernels/shapes.h). */
export const surrogateNames = ['atan', 'sigmoid', 'fastSigmoid', 'triangle', 'rectangle'] as const;

export type SurrogateName = (typeof surrogateNames)[number];

/** Attributes of SpikefitNeuronForward. */
export type NeuronAttributes = {
  /** T: x and the outputs are [T·B, …, C], time outermost. */
  readonly timeSteps: number;
  /** x is [B, …, C] and the same at every step. */
  readonly repeat: boolean;
  readonly neuron: 'if' | 'lif';
  /** The decay also scales the input: h = v + (x − (v − reset))·decay. */
  readonly decayInput: boolean;
  readonly resetMode: 'hard' | 'soft';
  /** Fire at h ≥ threshold, or only above it. */
  readonly comparison: 'ge' | 'gt';
  /** The spike of the step before resets this step's charge (snnTorch). */
  readonly resetDelay: boolean;
};

/** Attributes of SpikefitNeuronBackward. */
export type NeuronBackwardAttributes = NeuronAttributes & {
  readonly surrogate: SurrogateName;
  /** α of atan and sigmoid, k of fastSigmoid, w of triangle and rectangle; above 0. */
  readonly surrogateParameter: number;
  /** The spike inside the reset counts as a constant. */
  readonly detachReset: boolean;
};

/** What a spike block does to x before its neurons, and to their spikes. */
export type SpikeBlockLayout = {
  /** Nothing, x·scale + shift, or batch norm with the statistics of the batch. */
  readonly normalization: 'none' | 'affine' | 'batch';
  /** Of batch norm. */
  readonly epsilon: number;
  /** Windows of the max pool, and its stride; 1 for none. Incomplete windows are left out. */
  readonly poolSize: number;
};

/** Attributes of SpikefitSpikeBlockForward. */
export type SpikeBlockAttributes = NeuronAttributes & SpikeBlockLayout;

/** Attributes of SpikefitSpikeBlockBackward. */
export type SpikeBlockBackwardAttributes = NeuronBackwardAttributes &
  SpikeBlockLayout & {
    /** The decay is learnt; else its gradient is 0. */
    readonly decayGradient: boolean;
  };

/** Attributes of SpikefitBatchNormTrain and SpikefitBatchNormTrainGrad. */
export type BatchNormAttributes = { readonly epsilon: number };

/** Attributes of SpikefitAdamStep. */
export type AdamAttributes = {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 for the first update. */
  readonly step: number;
  /** Decoupled: parameter −= learningRate · weightDecay · parameter. */
  readonly weightDecay: number;
  /** The caller disposes the old parameter and moments next, and reads them no more. */
  readonly replace?: boolean;
};

/** Attributes of SpikefitSgdStep. */
export type SgdAttributes = {
  readonly learningRate: number;
  readonly momentum: number;
  /** Added to the gradient: weightDecay · parameter. */
  readonly weightDecay: number;
  /** The caller disposes the old parameter and velocity next, and reads them no more. */
  readonly replace?: boolean;
};

/** Attributes of SpikefitMovingAverage. */
export type MovingAverageAttributes = {
  /** Share of the new value, 0 … 1. */
  readonly momentum: number;
  readonly factor: number;
};

/** Attributes of SpikefitCrossEntropy. */
export type CrossEntropyAttributes = {
  /** Of the sum over the batch: 1, or 1 / B for the mean. */
  readonly scale: number;
};
