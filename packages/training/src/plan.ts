import type { Phase, ResolvedSpec } from '@spikefit/contracts';
import { phases } from '@spikefit/contracts';
import { trainsQuantized, usesPruning } from './techniques.ts';

/** What a phase is made of: `epochs` rounds of `steps` optimiser steps each. */
export interface PhasePlan {
  readonly phase: Phase;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** Peak learning rate of the phase. */
  readonly learningRate: number;
  /** In `prune` the schedule starts again in every round: each removal is recovered from at full rate. */
  readonly scheduleRestarts: boolean;
}

/** Whether codebooks and masks are trained in one phase. Without either there is nothing to join. */
export const isJoint = (spec: ResolvedSpec): boolean =>
  spec.composition === 'joint' && trainsQuantized(spec) && usesPruning(spec);

/**
 * The phases a job goes through: `cluster` only where weights train quantised, `prune` only with a pruning technique,
 * `finetune` only after one of them. In `prune` one round is one pruning step and its recovery. In a joint job the epochs of `cluster` are
 * shared out among the rounds of `prune`, under one schedule of the learning rate.
 */
export function planPhases(spec: ResolvedSpec): PhasePlan[] {
  const { training, pruning } = spec;
  const trainCount = spec.dataset.trainSamples - spec.dataset.validationSamples;
  const stepsPerEpoch = Math.max(1, Math.ceil(trainCount / training.batchSize));
  const clusters = trainsQuantized(spec);
  const prunes = usesPruning(spec);
  const joint = isJoint(spec);
  const rate = training.learningRate;
  const compressionRate = rate * training.compressionLearningRateScale;
  const rounds: Record<Phase, [epochs: number, steps: number, rate: number]> = {
    prepare: [0, 0, rate],
    pretrain: [training.pretrainEpochs, stepsPerEpoch, rate],
    cluster: [clusters && !joint ? training.catEpochs : 0, stepsPerEpoch, compressionRate],
    prune: [
      prunes ? pruning.steps : 0,
      Math.round((pruning.recoveryEpochs + (joint ? training.catEpochs / pruning.steps : 0)) * stepsPerEpoch),
      compressionRate,
    ],
    finetune: [clusters || prunes ? training.finetuneEpochs : 0, stepsPerEpoch, compressionRate],
    export: [0, 0, rate],
    evaluate: [0, 0, rate],
  };
  const always: readonly Phase[] = ['prepare', 'export', 'evaluate'];
  return phases
    .filter((phase) => always.includes(phase) || rounds[phase][0] > 0)
    .map((phase) => {
      const [epochs, steps, learningRate] = rounds[phase];
      return {
        phase,
        epochs,
        stepsPerEpoch: steps,
        learningRate,
        scheduleRestarts: phase === 'prune' && !joint,
      };
    });
}

export const totalSteps = (plans: readonly PhasePlan[]): number =>
  plans.reduce((sum, plan) => sum + plan.epochs * plan.stepsPerEpoch, 0);

/** Optimiser steps done when `steps` of round `epoch` of `phase` are over. */
export function stepsDone(plans: readonly PhasePlan[], phase: Phase, epoch: number, steps: number): number {
  let sum = 0;
  for (const plan of plans) {
    if (plan.phase === phase) return sum + epoch * plan.stepsPerEpoch + steps;
    sum += plan.epochs * plan.stepsPerEpoch;
  }
  return sum;
}

/**
 * Share of the optimiser steps that are over of the phase in which codebooks come to be: `cluster`, in a joint job `prune`.
 * 1 after it, and where there is none.
 */
export function clusteredShare(
  spec: ResolvedSpec,
  plans: readonly PhasePlan[],
  { phase, epoch, step }: { phase: Phase; epoch: number; step: number },
): number {
  if (phase !== (isJoint(spec) ? 'prune' : 'cluster')) return 1;
  const plan = plans.find((one) => one.phase === phase);
  if (plan === undefined) return 1;
  return (epoch * plan.stepsPerEpoch + step) / Math.max(1, plan.epochs * plan.stepsPerEpoch);
}

/** Seeds of `pure-rand` streams count phases, so that no two phases share an order. */
export const phaseIndex = (phase: Phase): number => phases.indexOf(phase);
