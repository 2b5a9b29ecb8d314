import type { FrozenCodebook, SynapseMasks } from '@spikefit/compression';
import { CodedError, type EpochRecord, type Network, type Phase } from '@spikefit/contracts';
import { readSafetensors, type SafeTensor, writeSafetensors } from '@spikefit/interchange';
import type { HostParameters, HostTensor } from '@spikefit/snn';
import type { KeptUnits } from '@spikefit/specification';

/** Raised when the meaning of a stored state changes; an older checkpoint is then declined. */
export const stateFormatVersion = 1;

/** Sums over the running epoch; exact in JSON, as JavaScript numbers round-trip. */
export interface RunningSums {
  loss: number;
  correct: number;
  seen: number;
}

export const noSums = (): RunningSums => ({ loss: 0, correct: 0, seen: 0 });

/** The best epoch of the running training phase, chosen on the validation split. */
export interface BestEpoch {
  epoch: number;
  validationAccuracy: number;
  parameters: HostParameters;
  frozen: Record<string, FrozenCodebook> | null;
}

/**
 * The whole state of a job on the host. Everything that training does next is a function of this and of the
 * resolved spec, so a job that goes on from here ends with the same bits as one that was never interrupted.
 */
export interface TrainingState {
  phase: Phase;
  /** Completed epochs (in `prune`: completed pruning steps with their recovery) of the phase. */
  epoch: number;
  /** Completed optimiser steps of the running epoch. */
  step: number;
  /** True once the running pruning step has removed its units. */
  pruned: boolean;
  /** Updates so far in this phase; Adam's bias correction counts them. */
  updates: number;
  network: Network;
  kept: KeptUnits;
  /**
   * Which synapses are left, where pruning removes synapses, or neurons that an FC would read; the parameters say which neurons are
   * present. They do not change once pruning is over.
   */
  synapses: SynapseMasks;
  parameters: HostParameters;
  firstMoments: HostParameters;
  secondMoments: HostParameters;
  frozen: Record<string, FrozenCodebook> | null;
  best: BestEpoch | null;
  /** The dense network's best epoch, for the report's "before". */
  baseline: HostParameters | null;
  running: RunningSums;
  history: EpochRecord[];
  checkpointSequence: number;
  /**
   * `pretrain` has ended and nothing happened since: the state depends on nothing that comes later but in the name of the
   * next phase, so that jobs with other ends can go on from it.
   */
  pretrained: boolean;
}

const groups = ['parameters', 'firstMoments', 'secondMoments'] as const;

const put = (into: Record<string, SafeTensor>, prefix: string, tensors: HostParameters): void => {
  for (const [name, tensor] of Object.entries(tensors)) {
    into[`${prefix}:${name}`] = { dtype: 'F32', shape: tensor.shape, data: tensor.data };
  }
};

const putFrozen = (
  into: Record<string, SafeTensor>,
  prefix: string,
  frozen: TrainingState['frozen'],
): void => {
  for (const [name, layer] of Object.entries(frozen ?? {})) {
    into[`${prefix}:${name}`] = { dtype: 'U8', shape: [layer.assignments.length], data: layer.assignments };
  }
};

const deltas = (frozen: TrainingState['frozen']) =>
  frozen && Object.fromEntries(Object.entries(frozen).map(([name, layer]) => [name, layer.delta]));

/** One safetensors file: tensors by `<group>:<name>`, everything else as JSON in its metadata. */
export function serializeState(state: TrainingState): Uint8Array {
  const tensors: Record<string, SafeTensor> = {};
  for (const group of groups) put(tensors, group, state[group]);
  if (state.baseline) put(tensors, 'baseline', state.baseline);
  putFrozen(tensors, 'frozen', state.frozen);
  for (const [id, mask] of Object.entries(state.synapses))
    tensors[`synapses:${id}`] = { dtype: 'U8', shape: [mask.length], data: mask };
  if (state.best) {
    put(tensors, 'best', state.best.parameters);
    putFrozen(tensors, 'bestFrozen', state.best.frozen);
  }
  const { phase, epoch, step, pruned, updates, network, kept, running, history } = state;
  const { checkpointSequence, pretrained } = state;
  const scalars = {
    formatVersion: stateFormatVersion,
    phase,
    epoch,
    step,
    pruned,
    updates,
    network,
    kept,
    running,
    history,
    checkpointSequence,
    pretrained,
    frozen: deltas(state.frozen),
    hasBaseline: state.baseline !== null,
    best: state.best && {
      epoch: state.best.epoch,
      validationAccuracy: state.best.validationAccuracy,
      frozen: deltas(state.best.frozen),
    },
  };
  return writeSafetensors(tensors, { state: JSON.stringify(scalars) });
}

/** @throws CodedError checkpoint.invalid */
export function deserializeState(bytes: Uint8Array): TrainingState {
  try {
    const { tensors, metadata } = readSafetensors(bytes, { code: 'checkpoint.invalid' });
    const scalars = JSON.parse(metadata.state ?? '');
    if (scalars.formatVersion !== stateFormatVersion) {
      throw new CodedError(
        'checkpoint.invalid',
        `the checkpoint has format version ${scalars.formatVersion}, this trainer reads ${stateFormatVersion}`,
      );
    }
    const host = (prefix: string): HostParameters => {
      const found: HostParameters = {};
      for (const [key, tensor] of tensors) {
        if (key.startsWith(`${prefix}:`)) found[key.slice(prefix.length + 1)] = toHost(tensor);
      }
      return found;
    };
    const frozen = (
      prefix: string,
      delta: Record<string, readonly number[]> | null,
    ): TrainingState['frozen'] =>
      delta &&
      Object.fromEntries(
        Object.entries(delta).map(([name, values]) => {
          const data = tensors.get(`${prefix}:${name}`)?.data;
          if (!(data instanceof Uint8Array))
            throw new CodedError('checkpoint.invalid', `assignments of ${name} are missing`);
          return [name, { assignments: data.slice(), delta: values }];
        }),
      );
    const { frozen: deltaOfFrozen, best, hasBaseline, formatVersion: _, ...rest } = scalars;
    return {
      ...rest,
      parameters: host('parameters'),
      synapses: synapseMasks(tensors, rest.network),
      firstMoments: host('firstMoments'),
      secondMoments: host('secondMoments'),
      frozen: frozen('frozen', deltaOfFrozen),
      baseline: hasBaseline ? host('baseline') : null,
      best: best && {
        epoch: best.epoch,
        validationAccuracy: best.validationAccuracy,
        parameters: host('best'),
        frozen: frozen('bestFrozen', best.frozen),
      },
    };
  } catch (error) {
    if (error instanceof CodedError && error.code === 'checkpoint.invalid') throw error;
    throw new CodedError('checkpoint.invalid', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

/** In the order of the network's layers; states of before there were any have none. */
function synapseMasks(tensors: ReadonlyMap<string, SafeTensor>, network: Network): SynapseMasks {
  const masks: Record<string, Uint8Array> = {};
  for (const { id } of network.layers) {
    const data = tensors.get(`synapses:${id}`)?.data;
    if (data === undefined) continue;
    if (!(data instanceof Uint8Array))
      throw new CodedError('checkpoint.invalid', `the mask of ${id} is none`);
    masks[id] = data.slice();
  }
  return masks;
}

const toHost = (tensor: SafeTensor): HostTensor => {
  if (!(tensor.data instanceof Float32Array))
    throw new CodedError(
      'checkpoint.invalid',
      `a tensor of type ${tensor.dtype} stands where F32 is expected`,
    );
  return { shape: [...tensor.shape], data: tensor.data.slice() };
};
