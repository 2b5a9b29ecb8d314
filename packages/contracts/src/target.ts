import { type Static, Type } from 'typebox';
import { Nullable } from './scalars.ts';

const Source = Type.String({ minLength: 1, maxLength: 500, description: 'Where the number comes from.' });

/** A number with its source. `value: null` means that no source gives it: the verdict is then "cannot tell". */
const Sourced = <T extends Type.TSchema>(value: T) =>
  Type.Object({ value: Nullable(value), source: Source }, { additionalProperties: false });

const Count = Type.Integer({ minimum: 1, maximum: 1e12 });

export const Target = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
    name: Type.String({ minLength: 1, maxLength: 100 }),
    version: Type.Integer({ minimum: 1 }),
    description: Type.String({ maxLength: 2000 }),
    cores: Sourced(Count),
    neuronsPerCore: Sourced(Count),
    /** Over the whole chip; where null it is cores × neuronsPerCore. */
    neurons: Sourced(Count),
    synapsesPerCore: Sourced(Count),
    synapses: Sourced(Count),
    synapseMemoryBitsPerCore: Sourced(Count),
    fanIn: Sourced(Count),
    fanOut: Sourced(Count),
    /** A neuron that has more targets than `fanOut` takes copies of it, each with its inputs (TrueNorth). */
    copiesExtendFanOut: Type.Optional(Type.Boolean()),
    inputAxonsPerCore: Sourced(Count),
    /** Several source neurons may share one input axon, each with weights of its own (Loihi's population axons). */
    sharedInputAxons: Type.Optional(Type.Boolean()),
    outputAxonsPerCore: Sourced(Count),
    weights: Type.Object(
      {
        /** Widths in bits that the chip can store. */
        bits: Sourced(Type.Array(Type.Integer({ minimum: 1, maximum: 32 }), { minItems: 1 })),
        /** Distinct values allowed in one group; null value: no limit known. */
        distinctValues: Sourced(Type.Integer({ minimum: 2, maximum: 65536 })),
        /** The group that `distinctValues` counts in. `neuron` = per output channel or neuron. */
        distinctValuesPer: Type.Enum(['neuron', 'core', 'layer', 'network']),
        /** TrueNorth: the value is chosen by the type of the input axon, shared by the neurons of a core. */
        sharedByAxonType: Type.Boolean(),
      },
      { additionalProperties: false },
    ),
    neuron: Type.Object(
      {
        models: Sourced(Type.Array(Type.Enum(['if', 'lif', 'plif']), { minItems: 1 })),
        resets: Sourced(Type.Array(Type.Enum(['hard', 'soft']), { minItems: 1 })),
        comparisons: Sourced(Type.Array(Type.Enum(['ge', 'gt']), { minItems: 1 })),
        /** Fraction bits of the membrane state, where known. */
        stateFractionBits: Sourced(Type.Integer({ minimum: 0, maximum: 32 })),
      },
      { additionalProperties: false },
    ),
    thresholdGranularity: Sourced(Type.Enum(['neuron', 'core', 'network'])),
    maxThresholdProfiles: Sourced(Count),
    pooling: Type.Object(
      { max: Type.Enum(['native', 'or-neurons', 'none', 'unknown']), source: Source },
      { additionalProperties: false },
    ),
    energy: Type.Object(
      {
        synapticOperationPicojoules: Sourced(Type.Number({ minimum: 0 })),
        neuronUpdatePicojoules: Sourced(Type.Number({ minimum: 0 })),
      },
      { additionalProperties: false },
    ),
  },
  {
    $id: 'Target',
    additionalProperties: false,
    description: 'A hardware profile; each number carries its source.',
  },
);
export type Target = Static<typeof Target>;

/** A sourced number as the types see it. */
export interface SourcedValue<T> {
  value: T | null;
  source: string;
}
