import {
  makeGammaPositive,
  maskRows,
  neuronMaskRows,
  neuronsLeft,
  synapseMaskRows,
} from '@spikefit/compression';
import {
  assertExhaustive,
  type CheckpointDraft,
  CodedError,
  type Mask,
  type Phase,
  type ResolvedSpec,
} from '@spikefit/contracts';
import { initializeParameters } from '@spikefit/snn';
import { cloneParameters, hasLogGamma, withLogGamma } from './parameters.ts';
import { runEvaluatePhase } from './phases/evaluate.ts';
import { type ExportedArtifact, runExportPhase } from './phases/export.ts';
import { runPrunePhase } from './phases/prune.ts';
import { runTrainingPhase } from './phases/train.ts';
import { type PhasePlan, planPhases } from './plan.ts';
import type { JobInput, JobOutcome } from './ports.ts';
import { describeRows, usesCodebooks } from './quantization.ts';
import { Session, Stopped } from './session.ts';
import { startCodebooks } from './start-codebooks.ts';
import { deserializeState, noSums, type TrainingState } from './state.ts';
import { trainsQuantized } from './techniques.ts';

/**
 * Runs a job from where it stands to its report:
 *
 *     for each phase from the state's own:
 *       tell that it starts; do its work, saving after every epoch; take its best epoch
 *       move to the next phase and save
 *
 * Every step is a function of the state and the spec, so an attempt that goes on from any checkpoint ends with the
 * same artifact, bit for bit. `export` and `evaluate` are short and run as one: an attempt that dies there begins
 * with `export` again.
 *
 * @throws CodedError job.diverged, checkpoint.invalid, or what a port throws
 */
export async function runJob(input: JobInput): Promise<JobOutcome> {
  const { spec, ports } = input;
  const state = input.resume ? resumedState(spec, input.resume) : initialState(spec);
  using session = new Session(input, state, (now) => describeCheckpoint(spec, now));
  try {
    let artifact: ExportedArtifact | null = null;
    for (const plan of session.plans.slice(session.plans.findIndex(({ phase }) => phase === state.phase))) {
      if (state.epoch === 0 && state.step === 0 && !state.pruned)
        ports.emit('phase.started', { phase: plan.phase, epochs: plan.epochs });
      session.reportProgress();
      // Between export and evaluation there is nothing to save: the artifact is this attempt's own.
      if (plan.phase !== 'evaluate') await session.stopIfAsked();
      if (plan.phase === 'evaluate') {
        if (!artifact)
          throw new CodedError('internal.error', 'evaluate needs the artifact that export wrote');
        const report = await runEvaluatePhase(session, artifact);
        ports.emit('phase.completed', { phase: plan.phase });
        return { status: 'done', report, artifacts: [artifact.draft] };
      }
      if (plan.phase === 'export') artifact = await runExportPhase(session);
      else await runPhase(session, plan);
      ports.emit('phase.completed', { phase: plan.phase });
      advance(session, plan.phase);
      state.pretrained = plan.phase === 'pretrain';
      if (plan.phase !== 'export') await session.checkpoint();
      state.pretrained = false;
    }
    throw new CodedError('internal.error', 'the phases ended without an evaluation');
  } catch (error) {
    if (error instanceof Stopped) return { status: 'stopped' };
    throw error;
  }
}

async function runPhase(session: Session, plan: PhasePlan): Promise<void> {
  switch (plan.phase) {
    case 'prepare':
      session.restart(initializeParameters(session.network, session.spec.seed));
      return;
    case 'pretrain':
      await runTrainingPhase(session, plan);
      session.state.baseline = cloneParameters(session.state.parameters);
      return;
    case 'cluster':
    case 'finetune':
      await enterCompression(session);
      return runTrainingPhase(session, plan);
    case 'prune':
      await enterCompression(session);
      return runPrunePhase(session, plan);
    default:
      throw new CodedError('internal.error', `${plan.phase} is no phase of training`);
  }
}

/**
 * At the start of the first phase that compresses: γ > 0 from here on, and codebooks where they train. An attempt that was asked
 * to stop meanwhile has saved what came of it.
 */
async function enterCompression(session: Session): Promise<void> {
  const { state, spec, plans } = session;
  const first = plans.find(({ phase }) => phase === 'cluster' || phase === 'prune' || phase === 'finetune');
  if (first?.phase !== state.phase || state.epoch > 0 || state.step > 0 || state.pruned) return;
  if (hasLogGamma(state.parameters) || usesCodebooks(state.parameters)) return;
  const positive = makeGammaPositive(session.network, state.parameters);
  session.restart(withLogGamma(trainsQuantized(spec) ? await startCodebooks(session, positive) : positive));
}

function advance(session: Session, finished: Phase): void {
  const { plans, state } = session;
  const next = plans[plans.findIndex(({ phase }) => phase === finished) + 1];
  if (!next) throw new CodedError('internal.error', `no phase follows ${finished}`);
  Object.assign(state, {
    phase: next.phase,
    epoch: 0,
    step: 0,
    pruned: false,
    running: noSums(),
    best: null,
  });
}

/** The state of this job, or what another job had at the end of `pretrain`, whose next phase need not be this one's. */
function resumedState(spec: ResolvedSpec, bytes: Uint8Array): TrainingState {
  const state = deserializeState(bytes);
  if (!state.pretrained) return state;
  const plans = planPhases(spec);
  const next = plans[plans.findIndex(({ phase }) => phase === 'pretrain') + 1];
  if (!next) throw new CodedError('internal.error', 'no phase follows pretrain');
  return { ...state, phase: next.phase, pretrained: false };
}

function initialState(spec: ResolvedSpec): TrainingState {
  return {
    phase: 'prepare',
    epoch: 0,
    step: 0,
    pruned: false,
    updates: 0,
    network: spec.network,
    kept: {},
    synapses: {},
    parameters: {},
    firstMoments: {},
    secondMoments: {},
    frozen: null,
    best: null,
    baseline: null,
    running: noSums(),
    history: [],
    checkpointSequence: 0,
    pretrained: false,
  };
}

const describeCheckpoint = (
  spec: ResolvedSpec,
  state: TrainingState,
): Pick<CheckpointDraft, 'codebooks' | 'masks'> => ({
  codebooks: describeRows(spec, state.network, state.parameters, state.frozen, state.synapses),
  masks: describeMasks(spec, state),
});

function describeMasks({ network: dense, pruning: { unit } }: ResolvedSpec, state: TrainingState): Mask[] {
  switch (unit) {
    case 'channel':
      return maskRows(dense, state.kept);
    case 'neuron':
      return neuronMaskRows(dense, neuronsLeft(dense, state));
    case 'synapse':
      return synapseMaskRows(state.parameters, state.synapses);
    default:
      return assertExhaustive(unit);
  }
}
