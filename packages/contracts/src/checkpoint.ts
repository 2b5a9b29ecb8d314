import { type Static, Type } from 'typebox';
import { idSchema } from './ids.ts';
import { pruningUnits } from './job-request.ts';
import { Phase } from './phases.ts';
import { DateTime, Nullable, Sha256 } from './scalars.ts';

/** One group's allowed values: value k is `delta · codes[k]`; `counts[k]` weights use it. */
export const Codebook = Type.Object(
  {
    layer: Type.String(),
    /** Group within the layer: 0 for `layer` and `network` groups, the output channel for `channel` groups. */
    group: Type.Integer({ minimum: 0 }),
    levels: Type.Integer(),
    codes: Type.Array(Type.Integer({ minimum: -128, maximum: 127 })),
    delta: Type.Number(),
    counts: Type.Array(Type.Integer({ minimum: 0 })),
  },
  { $id: 'Codebook' },
);
export type Codebook = Static<typeof Codebook>;

/**
 * Which units of a layer are kept: bit i (LSB first) of `bitmap` is unit i of the dense layer. Neurons are those of a neuron layer
 * in the order row, column, channel; synapses are in the order of the weights: kernel row, kernel column, input, output unit (an
 * FC: input, output unit).
 */
export const Mask = Type.Object(
  {
    layer: Type.String(),
    unit: Type.Enum([...pruningUnits]),
    shape: Type.Array(Type.Integer()),
    kept: Type.Integer({ minimum: 0 }),
    bitmap: Type.String({ description: 'base64' }),
  },
  { $id: 'Mask' },
);
export type Mask = Static<typeof Mask>;

/** What must agree between the process that wrote a checkpoint and the one that goes on from it. */
export const ComputePin = Type.Object({
  backend: Type.String(),
  isa: Type.String(),
  precision: Type.String(),
  kernelRevision: Type.Integer(),
  formatVersion: Type.Integer(),
});
export type ComputePin = Static<typeof ComputePin>;

const summary = {
  id: idSchema('checkpoint'),
  jobId: idSchema('job'),
  seq: Type.Integer({ minimum: 1 }),
  attempt: Type.Integer(),
  phase: Phase,
  epoch: Type.Integer({ description: 'Completed epochs of the phase.' }),
  step: Type.Integer({ description: 'Completed steps of the running epoch.' }),
  sha256: Sha256,
  bytes: Type.Integer(),
  metrics: Type.Record(Type.String(), Type.Number()),
  pin: ComputePin,
  objectKey: Type.String(),
  createdAt: DateTime,
  /** When the full state was deleted, because two newer ones are there or the job has ended. */
  stateDeletedAt: Nullable(DateTime),
};

export const CheckpointSummary = Type.Object(summary, {
  $id: 'CheckpointSummary',
  description: 'A checkpoint without its codebooks and masks.',
});
export type CheckpointSummary = Static<typeof CheckpointSummary>;

export const Checkpoint = Type.Object(
  { ...summary, codebooks: Type.Array(Codebook), masks: Type.Array(Mask) },
  {
    $id: 'Checkpoint',
    description: 'A resumable point: codebooks and masks here, the full state in the object store.',
  },
);
export type Checkpoint = Static<typeof Checkpoint>;
