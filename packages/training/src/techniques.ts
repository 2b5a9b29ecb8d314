import {
  interactionScorers,
  neuronScorers,
  type Quantizer,
  quantizers,
  type SynapseScorer,
  synapseScorers,
  type UnitScorer,
  unitScorers,
} from '@spikefit/compression';
import { CodedError, type ResolvedSpec } from '@spikefit/contracts';

/** A technique of the catalogue that this trainer does not know is refused, not guessed. */
function lookUp<T>(known: Readonly<Record<string, T>>, technique: string, pointer: string): T {
  if (!Object.hasOwn(known, technique)) {
    throw new CodedError('spec.technique-unknown', `this trainer has no technique "${technique}"`, {
      errors: [{ pointer, detail: `known are ${Object.keys(known).join(', ')}` }],
    });
  }
  return known[technique]!;
}

/** @throws CodedError spec.technique-unknown */
export const quantizerOf = ({ quantization: { technique } }: ResolvedSpec): Quantizer =>
  lookUp(quantizers, technique, '/method/quantization/technique');

/** @throws CodedError spec.technique-unknown */
export const quantizes = (spec: ResolvedSpec): boolean =>
  spec.quantization.technique !== 'none' && quantizerOf(spec) !== undefined;

/**
 * Whether weights are quantised while they train; else at export, if at all.
 * @throws CodedError spec.technique-unknown
 */
export const trainsQuantized = (spec: ResolvedSpec): boolean =>
  quantizes(spec) && quantizerOf(spec).training !== null;

type InteractionScorer = (typeof interactionScorers)[string];

const pointerToPruning = '/method/pruning/technique';

/** @throws CodedError spec.technique-unknown */
export const usesPruning = ({ pruning: { technique } }: ResolvedSpec): boolean =>
  technique !== 'none' && lookUp(unitScorers, technique, pointerToPruning) !== undefined;

/** @throws CodedError spec.technique-unknown */
export const unitScorer = ({ pruning: { technique, unit } }: ResolvedSpec): UnitScorer =>
  lookUp(unit === 'neuron' ? neuronScorers : unitScorers, technique, pointerToPruning);

/** @throws CodedError spec.technique-unknown for one that scores every unit alone */
export const interactionScorer = ({ pruning: { technique } }: ResolvedSpec): InteractionScorer =>
  lookUp(interactionScorers, technique, pointerToPruning);

/** @throws CodedError spec.technique-unknown for one that ranks no synapses */
export const synapseScorer = ({ pruning: { technique } }: ResolvedSpec): SynapseScorer =>
  lookUp(synapseScorers, technique, pointerToPruning);
