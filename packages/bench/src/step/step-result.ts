import type { Machine } from '../output/machine.ts';
import type { Summary } from '../output/statistics.ts';
import type { NetName } from './nets.ts';
import type { Side } from './sides.ts';

export interface SideResult {
  readonly side: Side;
  readonly title: string;
  readonly runsOn: string;
  /** Every step of every round. */
  readonly milliseconds: readonly number[];
  /** Undefined where all rounds failed. */
  readonly summary: Summary | undefined;
  readonly peakMiB: number;
  readonly loss: number | undefined;
  readonly failure: string | undefined;
}

export interface DenseBound {
  /** Operations of a step with dense products, in 10⁹. */
  readonly gigaOperations: number;
  /** Measured speed of a dense 1024³ product, in 10⁹ operations a second. */
  readonly ourGigaflops: number;
  readonly torchGigaflops: number | undefined;
  /** The operations at the higher of the two speeds. */
  readonly milliseconds: number;
}

export interface StepResult {
  readonly bench: 'step';
  readonly net: NetName;
  readonly batch: number;
  readonly threads: number;
  readonly timeSteps: number;
  readonly machine: Machine;
  readonly bound: DenseBound;
  readonly sides: readonly SideResult[];
}
