import { CodedError, type EpochCompletedData } from '@spikefit/contracts';
import { countOnes } from '../batches.ts';
import { runEpoch } from '../epochs.ts';
import { evaluate } from '../evaluate.ts';
import { cloneParameters, effectiveParameters, disposeAll, type Tensors } from '../parameters.ts';
import type { PhasePlan } from '../plan.ts';
import { freezeAssignments, reseedStarvedLevels, usesCodebooks, weightQuantizer } from '../quantization.ts';
import type { Session } from '../session.ts';
import { noSums } from '../state.ts';

/** Accuracy of the present network on the validation split, in inference mode. */
export async function validate(session: Session): Promise<{ accuracy: number; spikeRate: number }> {
  const { state, spec, ports, samples } = session;
  const parameters = effectiveParameters(session.parameters);
  const made = Object.fromEntries(Object.entries(parameters).filter(([name]) => !(name in session.parameters))) as Tensors;
  try {
    const quantize = weightQuantizer(spec, state, session.parameters);
    const { correct, spikeRate } = await evaluate({
      network: session.network,
      parameters,
      split: ports.dataset.train,
      indices: samples.validation,
      seed: spec.seed,
      breathe: ports.breathe,
      ...(quantize ? { weights: quantize } : {}),
    });
    return { accuracy: countOnes(correct) / correct.length, spikeRate };
  } finally {
    disposeAll(made);
  }
}

/** Adds the finished epoch to the history, tells the world, and returns its validation accuracy. */
export async function closeEpoch(
  session: Session,
  plan: PhasePlan,
  speed: { imagesPerSecond: number; seconds: number; learningRate: number },
): Promise<number> {
  const { state, ports } = session;
  const { accuracy, spikeRate } = await validate(session);
  const { loss, correct, seen } = state.running;
  state.epoch += 1;
  state.step = 0;
  state.running = noSums();
  const record = {
    phase: state.phase,
    epoch: state.epoch,
    loss: seen === 0 ? 0 : loss / seen,
    trainAccuracy: seen === 0 ? 0 : correct / seen,
    validationAccuracy: accuracy,
    spikeRate,
  };
  state.history.push(record);
  const data: EpochCompletedData = {
    ...record,
    epochs: plan.epochs,
    ...speed,
    progress: session.fraction,
    etaSeconds: session.etaSeconds,
  };
  ports.emit('epoch.completed', { ...data });
  return accuracy;
}

/**
 * `pretrain`, `cluster` and `finetune`: epochs of training, of which the best on the validation split is kept.
 * For the last part of `finetune` the assignments of weights to levels stay fixed.
 */
export async function runTrainingPhase(session: Session, plan: PhasePlan): Promise<void> {
  const { state, spec } = session;
  const freezeAt =
    plan.phase === 'finetune' ? Math.floor(plan.epochs * plan.stepsPerEpoch * (1 - spec.quantization.freezeFraction)) : null;
  while (state.epoch < plan.epochs) {
    const speed = await runEpoch(session, plan, (step) => {
      if (freezeAt === null || state.frozen || !usesCodebooks(session.parameters)) return;
      if (state.epoch * plan.stepsPerEpoch + step >= freezeAt) {
        session.download();
        state.frozen = freezeAssignments(spec, session.network, state.parameters);
      }
    });
    const accuracy = await closeEpoch(session, plan, speed);
    session.download();
    if (!state.best || accuracy > state.best.validationAccuracy) {
      state.best = {
        epoch: state.epoch,
        validationAccuracy: accuracy,
        parameters: cloneParameters(state.parameters),
        frozen: state.frozen,
      };
    }
    if (usesCodebooks(state.parameters) && !state.frozen) {
      state.parameters = reseedStarvedLevels(spec, session.network, state.parameters);
      session.upload();
    }
    await session.checkpoint();
  }
  if (!state.best) throw new CodedError('internal.error', `${plan.phase} ended without an epoch`);
  state.frozen = state.best.frozen;
  session.restart(state.best.parameters);
  state.best = null;
}
