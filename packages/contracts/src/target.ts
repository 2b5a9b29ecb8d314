import { type Static, Type } from 'typebox';
import { Nullable } from './scalars.ts';

const Source = Type.String({ minLength: 1, maxLength: 500, description: 'Where the number comes from.' });

/** A property with its source. `value: null` means that no source gives it: the verdict is then "cannot tell". */
const Sourced = <T extends Type.TSchema>(value: T) =>
  Type.Object({ value: Nullable(value), source: Source }, { additionalProperties: false });

export const LimitKind = Type.Enum(['limit', 'none', 'unknown'], {
  description:
    '`limit`: `value` is the most that is allowed. `none`: the source says that there is no such limit, so every network fits it. `unknown`: no source gives it, so the verdict is "cannot tell". Left out: `limit` beside a number, `unknown` beside null.',
});
export type LimitKind = Static<typeof LimitKind>;

/** The most that is allowed, with its source; `value: null` where `kind` is `none` or `unknown`. */
const Limit = <T extends Type.TSchema>(value: T) =>
  Type.Object(
    { value: Nullable(value), kind: Type.Optional(LimitKind), source: Source },
    { additionalProperties: false },
  );

const Count = Type.Integer({ minimum: 1, maximum: 1e12 });

const identity = {
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  name: Type.String({ minLength: 1, maxLength: 100 }),
  version: Type.Integer({ minimum: 1 }),
  description: Type.String({ maxLength: 2000 }),
};

const weights = {
  /** Widths in bits that the chip can store. */
  bits: Sourced(Type.Array(Type.Integer({ minimum: 1, maximum: 32 }), { minItems: 1 })),
  /** Distinct values allowed in one group. */
  distinctValues: Limit(Type.Integer({ minimum: 2, maximum: 65536 })),
  /** The group that `distinctValues` counts in. `neuron` = per output channel or neuron. */
  distinctValuesPer: Type.Enum(['neuron', 'core', 'layer', 'network']),
  /** TrueNorth: the value is chosen by the type of the input axon, shared by the neurons of a core. */
  sharedByAxonType: Type.Boolean(),
};

const neuron = {
  models: Sourced(Type.Array(Type.Enum(['if', 'lif', 'plif']), { minItems: 1 })),
  resets: Sourced(Type.Array(Type.Enum(['hard', 'soft']), { minItems: 1 })),
  comparisons: Sourced(Type.Array(Type.Enum(['ge', 'gt']), { minItems: 1 })),
  /** Fraction bits of the membrane state, where known. */
  stateFractionBits: Sourced(Type.Integer({ minimum: 0, maximum: 32 })),
};

const energy = {
  synapticOperationPicojoules: Sourced(Type.Number({ minimum: 0 })),
  neuronUpdatePicojoules: Sourced(Type.Number({ minimum: 0 })),
};

const limits = {
  cores: Limit(Count),
  neuronsPerCore: Limit(Count),
  /** Over the whole chip; where unknown it is cores × neuronsPerCore. */
  neurons: Limit(Count),
  synapsesPerCore: Limit(Count),
  /** Over the whole chip; where unknown it is cores × synapsesPerCore. */
  synapses: Limit(Count),
  synapseMemoryBitsPerCore: Limit(Count),
  fanIn: Limit(Count),
  fanOut: Limit(Count),
  inputAxonsPerCore: Limit(Count),
  outputAxonsPerCore: Limit(Count),
  maxThresholdProfiles: Limit(Count),
};

/** The limits of a target that are counts. */
export const limitNames = Object.keys(limits) as (keyof typeof limits)[];

const traits = {
  thresholdGranularity: Sourced(Type.Enum(['neuron', 'core', 'network'])),
  pooling: Type.Object(
    { max: Type.Enum(['native', 'or-neurons', 'none', 'unknown']), source: Source },
    { additionalProperties: false },
  ),
  /** A neuron that has more targets than `fanOut` takes copies of it, each with its inputs (TrueNorth). */
  copiesExtendFanOut: Type.Optional(Type.Boolean()),
  /** Several source neurons may share one input axon, each with weights of its own (Loihi's population axons). */
  sharedInputAxons: Type.Optional(Type.Boolean()),
};

export const Target = Type.Object(
  {
    ...identity,
    ...limits,
    ...traits,
    weights: Type.Object(weights, { additionalProperties: false }),
    neuron: Type.Object(neuron, { additionalProperties: false }),
    energy: Type.Object(energy, { additionalProperties: false }),
  },
  {
    $id: 'Target',
    additionalProperties: false,
    description: 'A hardware profile; each number carries its source.',
  },
);
export type Target = Static<typeof Target>;

const partial = <T extends Type.TProperties>(properties: T) =>
  Type.Partial(Type.Object(properties), { additionalProperties: false });

/** A target in a request: what is left out is unknown. */
export const OwnTarget = Type.Object(
  {
    ...Type.Partial(Type.Object(identity)).properties,
    name: identity.name,
    ...Type.Partial(Type.Object(limits)).properties,
    ...Type.Partial(Type.Object(traits)).properties,
    weights: Type.Optional(partial(weights)),
    neuron: Type.Optional(partial(neuron)),
    energy: Type.Optional(partial(energy)),
  },
  {
    $id: 'OwnTarget',
    additionalProperties: false,
    description:
      'A target of your own. Only `name` is required; what is left out is unknown, and its verdict "cannot tell". `id` defaults to "own-target", `version` to 1.',
  },
);
export type OwnTarget = Static<typeof OwnTarget>;

/** A limit as the types see it. */
export interface Limit {
  value: number | null;
  kind?: LimitKind;
  source: string;
}

/** What a limit without a stated kind is. */
export const limitKind = ({ value, kind }: Pick<Limit, 'value' | 'kind'>): LimitKind =>
  kind ?? (value === null ? 'unknown' : 'limit');
