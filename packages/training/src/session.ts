import { type CheckpointDraft, CodedError, type Network, type ResolvedSpec } from '@spikefit/contracts';
import { selectSamples, splitValidation } from '@spikefit/datasets';
import { disposeTensors, type HostParameters, toHostParameters, toTensors } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensors } from './parameters.ts';
import { type PhasePlan, planPhases, stepsDone, totalSteps } from './plan.ts';
import type { JobInput, TrainingPorts } from './ports.ts';
import { synapseTensors } from './pruning/masked-weights.ts';
import { serializeState, type TrainingState } from './state.ts';

const progressIntervalMs = 250;

/** Thrown, and caught in `runJob`, when an attempt ends on request with its work saved. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Indices into the data set's splits that the job uses, all functions of the seed. */
export interface SampleIndices {
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

function chooseSamples(spec: ResolvedSpec, dataset: TrainingPorts['dataset']): SampleIndices {
  const { classes, trainSamples, testSamples } = spec.dataset;
  const { seed } = spec;
  const subset = selectSamples({
    labels: dataset.train.labels,
    classes,
    count: trainSamples,
    seed,
    purpose: 'subset',
    which: 'train',
  });
  const { train, validation } = splitValidation({
    labels: dataset.train.labels,
    indices: subset,
    fraction: spec.training.validationFraction,
    classes,
    seed,
  });
  const test = selectSamples({
    labels: dataset.test.labels,
    classes,
    count: testSamples,
    seed,
    purpose: 'subset',
    which: 'test',
  });
  return { train, validation, test };
}

/** What Postgres keeps of a checkpoint, beside the full state in the object store. */
export type DescribeCheckpoint = (state: TrainingState) => Pick<CheckpointDraft, 'codebooks' | 'masks'>;

/** The update after the last loss that was looked at may have been the one that went wrong. */
function assertFinite({ parameters, phase, epoch }: TrainingState): void {
  for (const [name, { data }] of Object.entries(parameters)) {
    // 0 · x is NaN where x is not finite, and a sum keeps it.
    let witness = 0;
    for (let i = 0; i < data.length; i++) witness += 0 * data[i]!;
    if (Number.isNaN(witness))
      throw new CodedError('job.diverged', `${name} is no longer finite in ${phase}, after epoch ${epoch}`);
  }
}

/**
 * One attempt at one job: the state, with its tensors on the compute backend while they train.
 * Between `upload` and `download` the tensors lead and the host copies are stale.
 */
export class Session implements Disposable {
  readonly spec: ResolvedSpec;
  readonly ports: TrainingPorts;
  readonly plans: readonly PhasePlan[];
  readonly samples: SampleIndices;
  state: TrainingState;
  parameters: Tensors = {};
  firstMoments: Tensors = {};
  secondMoments: Tensors = {};
  /** By weight layer: 1 where the synapse is left, of the weights' shape. */
  synapses: Tensors = {};
  readonly #checkpointIntervalMs: number;
  readonly #totalSteps: number;
  #lastCheckpointMs: number;
  #lastProgressMs = Number.NEGATIVE_INFINITY;
  #secondsPerStep: number | null = null;
  readonly #describe: DescribeCheckpoint;

  constructor(input: JobInput, state: TrainingState, describe: DescribeCheckpoint) {
    this.spec = input.spec;
    this.ports = input.ports;
    this.plans = planPhases(input.spec);
    this.samples = chooseSamples(input.spec, input.ports.dataset);
    this.state = state;
    this.#checkpointIntervalMs = input.checkpointIntervalMs;
    this.#totalSteps = totalSteps(this.plans);
    this.#lastCheckpointMs = input.ports.clock.monotonicMs();
    this.#describe = describe;
    this.upload();
  }

  get network(): Network {
    return this.state.network;
  }

  upload(): void {
    this.#dispose();
    this.parameters = toTensors(this.state.parameters);
    this.firstMoments = toTensors(this.state.firstMoments);
    this.secondMoments = toTensors(this.state.secondMoments);
    this.synapses = synapseTensors(this.state.synapses, this.state.parameters);
  }

  async download(): Promise<void> {
    this.state.parameters = await toHostParameters(this.parameters);
    this.state.firstMoments = await toHostParameters(this.firstMoments);
    this.state.secondMoments = await toHostParameters(this.secondMoments);
  }

  /** Takes new host parameters and forgets the optimiser's moments. */
  restart(parameters: HostParameters): void {
    this.state.parameters = parameters;
    this.state.firstMoments = {};
    this.state.secondMoments = {};
    this.state.updates = 0;
    this.upload();
  }

  /** Puts a tensor in the place of another one, and keeps it beyond any surrounding tidy. */
  replaceParameter(name: string, tensor: tf.Tensor): void {
    this.parameters[name]?.dispose();
    this.parameters[name] = tf.keep(tensor);
  }

  noteStepSeconds(seconds: number): void {
    this.#secondsPerStep =
      this.#secondsPerStep === null ? seconds : 0.9 * this.#secondsPerStep + 0.1 * seconds;
  }

  /** Share of the job's optimiser steps that are done, 0…1; the test set's evaluation counts for the last 2 %. */
  get fraction(): number {
    if (this.state.phase === 'evaluate') return 0.98;
    const done = stepsDone(this.plans, this.state.phase, this.state.epoch, this.state.step);
    return this.#totalSteps === 0 ? 0 : 0.98 * (done / this.#totalSteps);
  }

  get etaSeconds(): number | null {
    if (this.#secondsPerStep === null) return null;
    const left =
      this.#totalSteps - stepsDone(this.plans, this.state.phase, this.state.epoch, this.state.step);
    return Math.round(left * this.#secondsPerStep);
  }

  reportProgress(): void {
    this.#lastProgressMs = this.ports.clock.monotonicMs();
    this.ports.progress(this.state.phase, this.fraction, this.etaSeconds);
  }

  /** Steps may take a millisecond; nobody looks that often, and a message costs a part of one. */
  reportProgressIfDue(): void {
    if (this.ports.clock.monotonicMs() - this.#lastProgressMs >= progressIntervalMs) this.reportProgress();
  }

  get checkpointIsDue(): boolean {
    return this.ports.clock.monotonicMs() - this.#lastCheckpointMs >= this.#checkpointIntervalMs;
  }

  /**
   * Writes the full state and waits until it is durable.
   * @throws CodedError job.diverged before anything is written, so that the last good checkpoint stays the last one
   */
  async checkpoint(): Promise<void> {
    await this.download();
    assertFinite(this.state);
    this.state.checkpointSequence += 1;
    const { state, ports } = this;
    const file = await ports.files.write(
      `checkpoint-${state.checkpointSequence}.safetensors`,
      serializeState(state),
    );
    const last = state.history.at(-1);
    await ports.saveCheckpoint({
      sequence: state.checkpointSequence,
      phase: state.phase,
      epoch: state.epoch,
      step: state.step,
      metrics: last
        ? { loss: last.loss, validationAccuracy: last.validationAccuracy, spikeRate: last.spikeRate }
        : {},
      pin: ports.compute.pin,
      ...this.#describe(state),
      file,
      ...(state.pretrained && { pretrained: true }),
    });
    await ports.files.remove(file.path);
    this.#lastCheckpointMs = ports.clock.monotonicMs();
  }

  async stopIfAsked(): Promise<void> {
    if (!this.ports.shouldStop()) return;
    await this.checkpoint();
    throw new Stopped();
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }

  #dispose(): void {
    for (const tensors of [this.parameters, this.firstMoments, this.secondMoments, this.synapses])
      disposeTensors(tensors);
    this.parameters = {};
    this.firstMoments = {};
    this.secondMoments = {};
    this.synapses = {};
  }
}
