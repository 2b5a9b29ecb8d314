import type { Precision } from '@spikefit/contracts';
import type { BackendName } from './bench-backend.ts';
import type { NetName } from './nets.ts';
import type { PeerName } from './peer-neurons.ts';

/** What both sides are asked for. */
export interface StepRequest {
  readonly net: NetName;
  readonly batch: number;
  readonly timeSteps: number;
  readonly threads: number;
  /** Steps that are not counted, and steps that are. */
  readonly warmUp: number;
  readonly steps: number;
  readonly datasetDirectory: string;
}

export interface OurStepRequest extends StepRequest {
  readonly backend: BackendName;
  readonly precision: Precision;
  /** Whose neuron, reset and surrogate it computes with. */
  readonly neuron: PeerName;
}

/** What a measuring process prints. */
export interface StepMeasurement {
  readonly milliseconds: readonly number[];
  /** Of the last step. */
  readonly loss: number;
  /** Peak resident memory of the process. */
  readonly peakMiB: number;
  /** Backend and instruction set, or library and version. */
  readonly runsOn: string;
}
