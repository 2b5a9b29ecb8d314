import { fillPruned } from '@spikefit/compression';
import { CodedError, type EpochCompletedData } from '@spikefit/contracts';
import { disposeTensors } from '@spikefit/snn';
import { countOnes } from '../batches.ts';
import { runEpoch } from '../epochs.ts';
import { evaluate } from '../evaluate.ts';
import { cloneParameters, withEffectiveParameters } from '../parameters.ts';
import type { PhasePlan } from '../plan.ts';
import { useMaskedWeights } from '../pruning/masked-weights.ts';
import {
  afterEpoch,
  freezeAssignments,
  quantizedWeights,
  readLatents,
  usesCodebooks,
} from '../quantization.ts';
import type { Session } from '../session.ts';
import { noSums } from '../state.ts';

/** Accuracy of the present network on the validation split, in inference mode. */
function validate(session: Session): Promise<{ accuracy: number; spikeRate: number }> {
  const { state, spec, ports, samples, network } = session;
  return withEffectiveParameters(session.parameters, async (parameters) => {
    const latents = await readLatents(session.parameters);
    const quantized = quantizedWeights(spec, network, session.parameters, state.frozen, latents);
    try {
      const { correct, spikeRate } = await evaluate({
        network,
        parameters,
        split: ports.dataset.train,
        indices: samples.validation,
        seed: spec.seed,
        breathe: ports.breathe,
        ...useMaskedWeights(quantized, session.synapses),
      });
      return { accuracy: countOnes(correct) / correct.length, spikeRate };
    } finally {
      if (quantized) disposeTensors(quantized);
    }
  });
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
    plan.phase === 'finetune'
      ? Math.floor(plan.epochs * plan.stepsPerEpoch * (1 - spec.quantization.freezeFraction))
      : null;
  while (state.epoch < plan.epochs) {
    const speed = await runEpoch(session, plan, async (step) => {
      if (freezeAt === null || state.frozen || !usesCodebooks(session.parameters)) return;
      if (state.epoch * plan.stepsPerEpoch + step >= freezeAt) {
        await session.download();
        state.frozen = freezeAssignments(spec, session.network, state.parameters);
      }
    });
    const accuracy = await closeEpoch(session, plan, speed);
    await session.download();
    if (!state.best || accuracy > state.best.validationAccuracy) {
      state.best = {
        epoch: state.epoch,
        validationAccuracy: accuracy,
        parameters: cloneParameters(state.parameters),
        frozen: state.frozen,
      };
    }
    if (usesCodebooks(state.parameters) && !state.frozen) adjustLevels(session);
    await session.checkpoint();
  }
  if (!state.best) throw new CodedError('internal.error', `${plan.phase} ended without an epoch`);
  state.frozen = state.best.frozen;
  session.restart(state.best.parameters);
  state.best = null;
}

/** Lets the technique adjust its levels, and forgets the moments of those that moved. */
export function adjustLevels(session: Session): void {
  const { state, spec } = session;
  const members = fillPruned(state.parameters, state.synapses);
  const { parameters, moved } = afterEpoch(spec, session.network, members);
  if (Object.keys(moved).length === 0) return;
  for (const name of Object.keys(moved)) state.parameters[name] = parameters[name]!;
  for (const [name, positions] of Object.entries(moved)) {
    for (const moments of [state.firstMoments, state.secondMoments]) {
      for (const position of positions) {
        if (moments[name]) moments[name].data[position] = 0;
      }
    }
  }
  session.upload();
}
