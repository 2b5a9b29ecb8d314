import { type Static, Type } from 'typebox';
import { Phase } from './phases.ts';
import { Nullable } from './scalars.ts';
import { LimitKind } from './target.ts';

/** A share with its sample size and 95 % Wilson interval. */
export const Accuracy = Type.Object({
  value: Type.Number(),
  correct: Type.Integer(),
  n: Type.Integer(),
  interval: Type.Object({
    low: Type.Number(),
    high: Type.Number(),
    level: Type.Literal(0.95),
    method: Type.Literal('wilson'),
  }),
});
export type Accuracy = Static<typeof Accuracy>;

/** `stored` parameters or connections, and those that are not zero. Synapses are unrolled connections, borders counted exactly. */
const Counted = Type.Object({ stored: Type.Integer(), nonzero: Type.Integer() });

export const NetworkFigures = Type.Object({
  accuracy: Accuracy,
  /** Channels of feature maps and units of dense layers that carry neurons. */
  channels: Type.Integer(),
  neurons: Type.Integer(),
  weights: Counted,
  synapses: Counted,
  /** Bits as defined in docs/method.md; `parts` sum to `bits`. */
  size: Type.Object({
    bits: Type.Integer(),
    parts: Type.Record(Type.String(), Type.Integer()),
    containerBytes: Nullable(Type.Integer()),
  }),
  /** Mean spikes per neuron per time step, over the test set. */
  spikeRate: Type.Number(),
  /** Per image: every neuron that is there, at every step. Reports of earlier versions do not have it. */
  neuronUpdates: Type.Optional(Type.Integer()),
  /** Per image, over all T. `accumulates` for binary input, `multiplyAccumulates` for analogue input. */
  synapticOperations: Type.Object({ accumulates: Type.Number(), multiplyAccumulates: Type.Number() }),
});
export type NetworkFigures = Static<typeof NetworkFigures>;

export const LayerReport = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  channels: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
  neurons: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
  weights: Type.Object({ before: Type.Integer(), after: Counted }),
  synapses: Type.Object({ before: Type.Integer(), after: Counted }),
  /** Distinct non-absent values in each group: the largest over the layer's groups; null for layers without weights. */
  distinctValues: Nullable(Type.Integer()),
  spikeRate: Type.Object({ before: Nullable(Type.Number()), after: Nullable(Type.Number()) }),
});
export type LayerReport = Static<typeof LayerReport>;

export const EnergyFigure = Type.Object({
  model: Type.String(),
  unit: Type.Literal('joule per image'),
  baseline: Nullable(Type.Number()),
  compressed: Nullable(Type.Number()),
  constants: Type.Record(Type.String(), Type.Number()),
  assumptions: Type.Array(Type.String()),
  source: Type.String(),
});
export type EnergyFigure = Static<typeof EnergyFigure>;

export const fitVerdicts = ['fits', 'does-not-fit', 'cannot-tell'] as const;

export const FitLimit = Type.Object({
  name: Type.String(),
  required: Nullable(Type.Number()),
  available: Nullable(Type.Number()),
  /** Of limits that are numbers: whether `available` is one, or null because there is no limit, or none is known. */
  kind: Type.Optional(LimitKind),
  verdict: Type.Enum(fitVerdicts),
  explanation: Type.String(),
  source: Type.String(),
});
export type FitLimit = Static<typeof FitLimit>;

export const Fit = Type.Object({
  target: Type.Object({ id: Type.String(), version: Type.Integer() }),
  verdict: Type.Enum(fitVerdicts),
  limits: Type.Array(FitLimit),
});
export type Fit = Static<typeof Fit>;

export const EpochRecord = Type.Object({
  phase: Phase,
  epoch: Type.Integer(),
  loss: Type.Number(),
  trainAccuracy: Type.Number(),
  validationAccuracy: Type.Number(),
  spikeRate: Type.Number(),
});
export type EpochRecord = Static<typeof EpochRecord>;

export const Report = Type.Object(
  {
    formatVersion: Type.Literal(1),
    baseline: NetworkFigures,
    compressed: NetworkFigures,
    delta: Type.Object({
      /** compressed − baseline, in points of accuracy (0…100). */
      accuracyPoints: Type.Number(),
      /** 95 % interval of the paired difference (McNemar), in points. */
      accuracyPointsInterval: Type.Object({ low: Type.Number(), high: Type.Number() }),
      neuronsRemoved: Type.Number(),
      synapsesRemoved: Type.Number(),
      sizeRemoved: Type.Number(),
      synapticOperationsRemoved: Type.Number(),
    }),
    layers: Type.Array(LayerReport),
    quantization: Type.Object({
      technique: Type.String(),
      levels: Type.Integer(),
      bits: Type.Integer(),
      group: Type.String(),
      /** The largest number of distinct values found in any group of the exported artifact. */
      distinctValuesPerGroup: Type.Integer(),
    }),
    energy: Type.Array(EnergyFigure),
    fit: Fit,
    history: Type.Array(EpochRecord),
    artifact: Type.Object({ sha256: Type.String(), bytes: Type.Integer(), format: Type.String() }),
    /** How the compressed accuracy was measured. */
    verification: Type.Object({ simulator: Type.String(), accuracy: Accuracy, note: Type.String() }),
    seed: Type.Integer(),
    toolchain: Type.Object({
      service: Type.String(),
      node: Type.String(),
      tfjs: Type.String(),
      backend: Type.String(),
      isa: Type.String(),
      precision: Type.String(),
      kernelRevision: Type.Integer(),
    }),
    notes: Type.Array(Type.String()),
  },
  {
    $id: 'Report',
    description: 'Before and after: accuracy, sparsity, size, SynOps, estimated energy, fit.',
  },
);
export type Report = Static<typeof Report>;
