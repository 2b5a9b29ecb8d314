import type { Network, ResolvedSpec, Target } from '@spikefit/contracts';
import type { NeuronMasks } from '@spikefit/specification';

export type FitQuantization = Pick<ResolvedSpec['quantization'], 'technique' | 'levels' | 'bits' | 'group'>;

/** Distinct weight values found in an exported network: the largest number in one neuron, one layer, and in all. */
export interface DistinctValues {
  readonly neuron: number;
  readonly layer: number;
  readonly network: number;
}

/** What is to fit, and where. Without what is measured in the exported network, bounds are used. */
export interface FitSubject {
  /** With batch norm (before folding) or without; pruned or not. */
  readonly network: Network;
  readonly quantization: FitQuantization;
  readonly target: Target;
  readonly distinctValues?: DistinctValues | undefined;
  /** By neuron layer, as folding gives them. */
  readonly thresholds?: Readonly<Record<string, ArrayLike<number>>> | undefined;
  /**
   * By weight layer, HWIO or [inputs, units], of the exported network: what is zero is no synapse. Without them every
   * stored weight counts, and what zeros may mend cannot be told.
   */
  readonly weights?: Readonly<Record<string, Float32Array>> | undefined;
  /** Which neurons are there, where single ones were pruned. */
  readonly neurons?: NeuronMasks | undefined;
}

/** A float network is quantised to nothing: its weights have no codes. */
export const isQuantized = ({ technique }: FitQuantization): boolean => technique !== 'none';

/** The width that a chip stores a code in: its own, or the narrowest above where all are wider; null if none. */
export function storedWidth(bits: number, widths: readonly number[]): number | null {
  if (widths.includes(bits)) return bits;
  const narrowest = Math.min(...widths);
  return narrowest > bits ? narrowest : null;
}
